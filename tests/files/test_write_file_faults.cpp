// SPDX-License-Identifier: MIT
//
// Each system call of write_atomically() fails, or the process is killed instead.
#include <twolayer/files/bytes/write_file.hpp>

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <sys/wait.h>
#include <unistd.h>

#include "catch.hpp"
#include "files/system_faults.hpp"
#include "support/folder.hpp"
#include "support/refusal.hpp"

namespace {

using twolayer::write_atomically, twolayer::detail::read_file;
using twolayer::test::Fault, twolayer::test::fault;
namespace fs = std::filesystem;

constexpr std::string_view calls[] = {"stat",
                                      "open",
                                      "openat",
                                      "fchown",
                                      "fchmod",
                                      "fsync",
                                      "write",
                                      "write of a part",
                                      "write that writes nothing",
                                      "close",
                                      "renameat"};

const std::string old_text = "the old text", new_text(100'000, 'x');

/// A folder with a file of the user and, on request, a file that is replaced through a link.
struct Scene {
    explicit Scene(bool with_old_file) : with_old(with_old_file) {
        std::ofstream(folder / "of the user") << "precious";
        fs::create_symlink("f", folder / "link");
        if (with_old)
            std::ofstream(folder / "f") << old_text;
        if (with_old)
            fs::permissions(folder / "f", fs::perms::owner_read | fs::perms::owner_write);
    }

    /// Writes with the fault and returns the error message.
    std::string write(const Fault& planned) const {
        fault = planned;
        std::string said = twolayer::test::refusal([&] { write_atomically(link(), new_text); });
        happened = std::exchange(fault, {});
        return said;
    }

    /// Whether the new file is in place, or else the old one. Fails if it is neither.
    bool is_new() const {
        CHECK(fs::is_symlink(link()));
        CHECK(read_file(folder / "of the user") == "precious");
        if (!fs::exists(link())) {
            CHECK_FALSE(with_old);
            return false;
        }
        const std::string text = read_file(link());
        CHECK((text == new_text || (with_old && text == old_text)));
        return text == new_text;
    }

    /// The number of files in the folder that do not belong there.
    std::ptrdiff_t left_over() const {
        return std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()) -
               (fs::exists(link()) ? 3 : 2);
    }

    fs::path link() const { return folder / "link"; }

    twolayer::test::Folder folder;
    bool with_old;
    mutable Fault happened;
};

int next_descriptor() {
    const int next = ::dup(0);
    ::close(next);
    return next;
}

}  // namespace

TEST_CASE("write_file: whatever call fails, the old file or the new one is left and nothing else",
          "[files][write_file]") {
    for (const std::string_view call : calls)
        for (const bool with_old : {true, false})
            for (const int error : {EIO, ENOSPC, EINTR, EEXIST})
                for (const bool from_then : {false, true})
                    for (int at = 1;; ++at) {
                        INFO(call << " " << at << (from_then ? " and later" : "") << ", error "
                                  << error << (with_old ? "" : ", no old file"));
                        const Scene scene(with_old);
                        const int descriptor = next_descriptor();
                        const std::string said = scene.write({call, at, from_then, error});
                        const Fault happened = scene.happened;
                        CHECK((happened.calls > 0 || !with_old));
                        const bool threw = said != "nothing refused";
                        const bool is_in_place = said.find("is in place") != std::string::npos;
                        CHECK(scene.is_new() == (!threw || is_in_place));
                        CHECK(scene.left_over() == 0);
                        CHECK(next_descriptor() == descriptor);
                        if (error == EINTR && !from_then && call != "write that writes nothing")
                            CHECK(said == "nothing refused");
                        // Only failures to set the owner and to close the folder are ignored.
                        if (error == EIO && happened.calls >= at && call != "write of a part" &&
                            call != "fchown" && !(call == "close" && at > 1))
                            CHECK(threw);
                        // A file that replaces one of mode 0600 is never readable by others.
                        if (with_old)
                            CHECK((happened.modes & 077) == 0);
                        CHECK(scene.write({}) == "nothing refused");
                        CHECK(scene.is_new());
                        CHECK(scene.left_over() == 0);
                        if (happened.calls < at)
                            break;
                    }
}

TEST_CASE("write_file: killed at any call, the old file or the new one is left, and the next works",
          "[files][write_file]") {
    for (const std::string_view call : calls)
        for (const bool with_old : {true, false}) {
            bool killed = true;
            for (int at = 1; killed; ++at) {
                INFO(call << " " << at << (with_old ? "" : ", no old file"));
                const Scene scene(with_old);
                const pid_t child = ::fork();
                if (child == 0) {
                    scene.write({call, at});
                    ::_exit(0);
                }
                int status = 0;
                REQUIRE(::waitpid(child, &status, 0) == child);
                killed = WIFSIGNALED(status);
                CHECK((killed || scene.is_new()));
                scene.is_new();
                CHECK(scene.left_over() <= 1);
                CHECK(scene.write({}) == "nothing refused");
                CHECK(scene.is_new());
            }
        }
}
