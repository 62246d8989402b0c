// SPDX-License-Identifier: MIT
#include <twolayer/files/bytes/write_file.hpp>

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "catch.hpp"
#include "support/child.hpp"
#include "support/folder.hpp"
#include "support/refusal.hpp"

using namespace twolayer;
using namespace twolayer::detail;
using namespace std::string_literals;
using Catch::Matchers::Contains;
using test::Folder, test::holds_in_child, test::names_in, test::refusal;
namespace fs = std::filesystem;

TEST_CASE("write_file: creates a file or replaces it as a whole", "[files][write_file]") {
    const Folder folder;
    const fs::path path = folder / "f";
    write_atomically(path, "one");
    CHECK(read_file(path) == "one");
    const std::string large(3 << 20, 'x');
    write_atomically(path, large);
    CHECK(read_file(path) == large);
    write_atomically(path, "");
    CHECK(read_file(path).empty());
    CHECK(names_in(folder) == std::set{"f"s});
}

TEST_CASE("write_file: files with similar names neither disturb it nor change",
          "[files][write_file]") {
    const Folder folder;
    const fs::path neighbour = folder / "f.new";
    const auto check = [&](const char* contents) {
        CHECK(holds_in_child([&] {
            write_atomically(folder / "f", "text");
            return true;
        }));
        CHECK(read_file(folder / "f") == "text");
        if (contents != nullptr)
            CHECK(read_file(neighbour) == contents);
        fs::remove(folder / "f");
        CHECK(fs::remove(neighbour));
    };
    std::ofstream(neighbour) << "of the user";
    check("of the user");
    std::ofstream(folder / "victim") << "victim";
    fs::create_hard_link(folder / "victim", neighbour);
    check("victim");
    fs::create_symlink("victim", neighbour);
    check("victim");
    std::ofstream(neighbour) << "read-only";
    REQUIRE(::chmod(neighbour.c_str(), 0444) == 0);
    check("read-only");
    fs::create_directory(neighbour);
    check(nullptr);
    REQUIRE(::mkfifo(neighbour.c_str(), 0666) == 0);
    check(nullptr);
    const int locked = ::open(neighbour.c_str(), O_CREAT | O_WRONLY, 0666);
    REQUIRE(::flock(locked, LOCK_EX) == 0);
    check("");
    ::close(locked);
    if (::mknod(neighbour.c_str(), S_IFCHR | 0666, makedev(1, 3)) == 0)  // /dev/null, as root
        check(nullptr);
    CHECK(names_in(folder) == std::set{"victim"s});
    CHECK(read_file(folder / "victim") == "victim");
}

TEST_CASE("write_file: a link stays, and the file that it leads to is written",
          "[files][write_file]") {
    const Folder folder;
    fs::create_directory(folder / "sub");
    fs::create_symlink("sub/middle", folder / "link");
    fs::create_symlink(folder / "f", folder / "sub/middle");
    for (const auto text : {"into a new file", "into an old one"}) {
        write_atomically(folder / "link", text);
        CHECK(fs::is_symlink(folder / "link"));
        CHECK(fs::is_symlink(folder / "sub/middle"));
        CHECK(read_file(folder / "f") == text);
    }
    CHECK(names_in(folder) == std::set{"f"s, "link"s, "sub"s});
    fs::create_hard_link(folder / "f", folder / "second name");
    write_atomically(folder / "f", "newer");
    CHECK(read_file(folder / "second name") == "into an old one");
}

TEST_CASE("write_file: a path that leads to no regular file is refused, nothing is touched",
          "[files][write_file]") {
    const Folder folder;
    const auto refused = [](const fs::path& path) {
        const std::string said = refusal([&] { write_atomically(path, "x"); });
        CHECK(refusal([&] { check_writable(path); }) == said);
        CHECK_THAT(said, Catch::Matchers::StartsWith(path.string() + " cannot be written: "));
        return said;
    };
    fs::create_symlink("two", folder / "one");
    fs::create_symlink("one", folder / "two");
    fs::create_symlink("none/f", folder / "lost");
    fs::create_directory(folder / "sub");
    REQUIRE(::mkfifo((folder / "pipe").c_str(), 0666) == 0);
    std::ofstream(folder / ".new") << "mine";
    std::ofstream(folder / "open") << "open";
    const auto before = names_in(folder);
    const fs::path previous = fs::current_path();
    fs::current_path(folder.path());
    CHECK_THAT(refused("one"), Contains(reason(ELOOP)));
    CHECK_THAT(refused("lost"), Contains("its folder none cannot be opened" + reason(ENOENT)));
    CHECK_THAT(refused("none/f"), Contains("its folder none cannot be opened" + reason(ENOENT)));
    CHECK_THAT(refused("open/f"), Contains(reason(ENOTDIR)));
    CHECK_THAT(refused(""), Contains(reason(ENOENT)));
    CHECK_THAT(refused("none/"), Contains(reason(ENOENT)));
    CHECK_THAT(refusal([] { write_atomically("f\0g"s, "x"); }), Contains(reason(EINVAL)));
    CHECK_THAT(refused(std::string(256, 'x')), Contains(reason(ENAMETOOLONG)));
    for (const auto* path : {"sub", "sub/", ".", "..", "pipe", "/dev/null", "/dev/full"})
        CHECK_THAT(refused(path), Contains("it is a folder, a device, a pipe"));
    const int opened = ::open("open", O_WRONLY | O_APPEND);
    fs::create_symlink("/proc/self/fd/" + std::to_string(opened), "sub/descriptor");
    for (const auto* path : {"/dev/fd/", "/proc/self/fd/"})
        CHECK_THAT(refused(path + std::to_string(opened)), Contains("an open file of a process"));
    CHECK_THAT(refused("sub/descriptor"), Contains("an open file of a process"));
    ::close(opened);
    fs::current_path(previous);
    CHECK(names_in(folder) == before);
    CHECK(read_file(folder / ".new") == "mine");
    CHECK(read_file(folder / "open") == "open");
}

TEST_CASE("write_file: a name may have up to 255 bytes of any kind", "[files][write_file]") {
    const Folder folder;
    for (const std::size_t size : {100u, 101u, 251u, 252u, 255u})
        for (const auto* letter : {"x", "\xC3\xB6", "\xF0\x9F\x98\x80", "\xFF"}) {
            std::string name;
            while (name.size() + std::string(letter).size() <= size) name += letter;
            write_atomically(folder / name, "text");
            CHECK(read_file(folder / name) == "text");
            CHECK(names_in(folder) == std::set{name});
            fs::remove(folder / name);
        }
    for (const auto* name : {"a\nb", "-x", " ", "\xFF\xFE", ".x"}) {
        write_atomically(folder / name, "text");
        CHECK(names_in(folder) == std::set{std::string(name)});
        fs::remove(folder / name);
    }
}

TEST_CASE("write_file: many writers at once each write a whole file", "[files][write_file]") {
    const Folder folder;
    std::vector<std::thread> writers;
    for (const char letter : {'a', 'b', 'c', 'd'})
        writers.emplace_back([&folder, letter] {
            for (std::size_t i = 1; i <= 20; ++i)
                write_atomically(folder / "f", std::string(i * 5000, letter));
        });
    for (std::thread& writer : writers) writer.join();
    const std::string last = read_file(folder / "f");
    CHECK(last == std::string(20 * 5000, last[0]));
    CHECK(names_in(folder) == std::set{"f"s});
}
