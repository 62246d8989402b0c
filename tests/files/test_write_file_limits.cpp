// SPDX-License-Identifier: MIT
#include <twolayer/files/bytes/write_file.hpp>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catch.hpp"
#include "support/child.hpp"
#include "support/folder.hpp"
#include "support/refusal.hpp"

using namespace twolayer;
using namespace twolayer::detail;
using namespace std::string_literals;
using test::Folder, test::holds_in_child, test::names_in, test::refusal;
namespace fs = std::filesystem;

namespace {

struct stat status_of(const fs::path& path) {
    struct stat status {};
    REQUIRE(::lstat(path.c_str(), &status) == 0);
    return status;
}

mode_t mode_of(const fs::path& path) {
    return status_of(path).st_mode & 07777;
}

constexpr uid_t nobody = 65534;

/// Whether function() is true for a user without privileges.
template <typename Function>
bool holds_for_nobody(Function function) {
    return holds_in_child([&] {
        if (::geteuid() == 0 && (::setgid(nobody) != 0 || ::setuid(nobody) != 0))
            return false;
        return function();
    });
}

/// Whether a user without privileges can access files at all. In a system that root has unpacked
/// into a folder, such a user cannot even search the root folder.
bool others_reach_files() {
    return holds_for_nobody([] { return ::access("/", X_OK) == 0; });
}

}  // namespace

TEST_CASE("write_file: permissions stay, those of a new file follow the umask",
          "[files][write_file]") {
    const Folder folder;
    const fs::path path = folder / "f";
    const mode_t mask = ::umask(027);
    write_atomically(path, "new");
    ::umask(mask);
    CHECK(mode_of(path) == 0640);
    for (const mode_t mode : {0600u, 0666u, 0444u, 0000u, 0777u}) {
        REQUIRE(::chmod(path.c_str(), mode) == 0);
        write_atomically(path, "newer");
        CHECK(mode_of(path) == mode);
    }
}

TEST_CASE("write_file: owner and group stay, or the group gets no more than everybody",
          "[files][write_file]") {
    if (::geteuid() != 0 || !others_reach_files())
        return;  // only root can give files away
    const Folder folder;
    const fs::path path = folder / "f";
    REQUIRE(::chmod(folder.path().c_str(), 0777) == 0);
    write_atomically(path, "old");
    REQUIRE(::chmod(path.c_str(), 0664) == 0);
    CHECK(holds_for_nobody([&] {
        write_atomically(path, "of nobody");
        return true;
    }));
    CHECK(read_file(path) == "of nobody");
    CHECK(status_of(path).st_uid == nobody);
    CHECK(mode_of(path) == 0644);
    REQUIRE(::chmod(path.c_str(), 0640) == 0);
    write_atomically(path, "of root");
    CHECK(status_of(path).st_uid == nobody);
    CHECK(status_of(path).st_gid == nobody);
    CHECK(mode_of(path) == 0640);
}

TEST_CASE("write_file: without the space, descriptors or permissions it needs, the old file stays",
          "[files][write_file]") {
    const Folder folder;
    const fs::path path = folder / "f";
    write_atomically(path, "old");
    const auto refused = [&](std::string_view text, const std::string& why) {
        return refusal([&] { write_atomically(path, text); }) ==
               path.string() + " cannot be written" + why;
    };
    const auto limited = [](int resource, rlim_t most) {
        const rlimit limit{most, most};
        return ::setrlimit(static_cast<decltype(RLIMIT_NOFILE)>(resource), &limit) == 0;
    };
    // Simulates a full disk: no file of the process may grow beyond a thousand bytes.
    CHECK(holds_in_child([&] {
        ::signal(SIGXFSZ, SIG_IGN);
        return limited(RLIMIT_FSIZE, 1000) && refused(std::string(5000, 'x'), reason(EFBIG));
    }));
    const int next = ::dup(0);
    ::close(next);
    CHECK(holds_in_child([&] {
        return limited(RLIMIT_NOFILE, rlim_t(next) + 1) && refused("new", reason(EMFILE));
    }));
    CHECK(read_file(path) == "old");
    CHECK(names_in(folder) == std::set{"f"s});

    const std::string no_folder = ": its folder " + folder.path().string() + " cannot be opened";
    if (!others_reach_files())
        return;
    for (const mode_t mode : {0300u, 0500u}) {  // of the folder
        const std::string why = (mode == 0300 ? no_folder : "") + reason(EACCES);
        if (::geteuid() == 0)
            REQUIRE(::chown(folder.path().c_str(), nobody, nobody) == 0);
        REQUIRE(::chmod(folder.path().c_str(), mode) == 0);
        CHECK(holds_for_nobody([&] {
            return refused("new", why) &&
                   refusal([&] { check_writable(path); }).ends_with(reason(EACCES));
        }));
        REQUIRE(::chmod(folder.path().c_str(), 0700) == 0);
        CHECK(read_file(path) == "old");
        CHECK(names_in(folder) == std::set{"f"s});
    }
}
