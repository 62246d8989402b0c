// SPDX-License-Identifier: MIT
#include <twolayer/files/write_file.hpp>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catch.hpp"
#include "support/folder.hpp"
#include "support/refusal.hpp"

using namespace twolayer::detail;
using Catch::Matchers::Contains;
using twolayer::test::Folder, twolayer::test::refusal;
namespace fs = std::filesystem;

namespace {

std::ptrdiff_t files_in(const Folder& folder) {
    return std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator());
}

}  // namespace

TEST_CASE("write_file: a file is new or replaced whole", "[files][write_file]") {
    const Folder folder;
    const fs::path path = folder / "f";
    write_file(path, "one");
    CHECK(read_file(path) == "one");
    const std::string large(3 << 20, 'x');
    write_file(path, large);
    CHECK(read_file(path) == large);
    write_file(path, "");
    CHECK(read_file(path).empty());
    CHECK(files_in(folder) == 1);
}

TEST_CASE("write_file: what a killed one has left is written over", "[files][write_file]") {
    const Folder folder;
    std::ofstream(folder / "f.new") << "longer than what follows";
    write_file(folder / "f", "short");
    CHECK(read_file(folder / "f") == "short");
    CHECK(files_in(folder) == 1);
}

TEST_CASE("write_file: the mode of a file stays, and so does a link", "[files][write_file]") {
    const Folder folder;
    write_file(folder / "f", "old");
    fs::permissions(folder / "f", fs::perms::owner_read | fs::perms::owner_write);
    fs::create_symlink("f", folder / "link");
    write_file(folder / "link", "new");
    CHECK(fs::is_symlink(folder / "link"));
    CHECK(read_file(folder / "f") == "new");
    CHECK(fs::status(folder / "f").permissions() ==
          (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("write_file: of many at once each writes whole", "[files][write_file]") {
    const Folder folder;
    std::vector<std::thread> writers;
    for (const char letter : {'a', 'b', 'c', 'd'})
        writers.emplace_back([&folder, letter] {
            for (std::size_t i = 1; i <= 20; ++i)
                write_file(folder / "f", std::string(i * 5000, letter));
        });
    for (std::thread& writer : writers) writer.join();
    const std::string last = read_file(folder / "f");
    CHECK(last == std::string(20 * 5000, last[0]));
    CHECK(files_in(folder) == 1);
}

TEST_CASE("write_file: one that fails leaves the old file and nothing else",
          "[files][write_file]") {
    const Folder folder;
    const fs::path path = folder / "f";
    write_file(path, "old");
    CHECK_THAT(refusal([&] { write_file(folder / "none" / "f", "x"); }),
               Contains("none/f cannot be written" + reason(ENOENT)));
    CHECK_THAT(refusal([&] { write_file(folder.path(), "x"); }), Contains("no regular file"));
    CHECK_THAT(refusal([&] { write_file("/dev/null", "x"); }), Contains("no regular file"));

    // As on a full disk: no file of this process may grow beyond a thousand bytes.
    const pid_t child = ::fork();
    if (child == 0) {
        ::signal(SIGXFSZ, SIG_IGN);
        const rlimit most{1000, 1000};
        ::setrlimit(RLIMIT_FSIZE, &most);
        const std::string said = refusal([&] { write_file(path, std::string(5000, 'x')); });
        ::_exit(said == path.string() + " cannot be written" + reason(EFBIG) ? 0 : 1);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(read_file(path) == "old");
    CHECK(files_in(folder) == 1);
}
