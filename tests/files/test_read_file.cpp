// SPDX-License-Identifier: MIT
#include <twolayer/files/bytes/read_file.hpp>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <istream>
#include <sstream>
#include <streambuf>
#include <string>
#include <system_error>
#include <thread>

#include <sys/stat.h>

#include "catch.hpp"
#include "support/folder.hpp"
#include "support/refusal.hpp"

using namespace twolayer::detail;
using Catch::Matchers::Contains;
using twolayer::test::Folder, twolayer::test::refusal;
namespace fs = std::filesystem;

TEST_CASE("read_file: a pipe is read to its end", "[files][read_file]") {
    const Folder folder;
    const fs::path pipe = folder / "pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    const std::string text(200'000, 'x');
    std::thread writer([&] { std::ofstream(pipe) << text; });
    CHECK(read_file(pipe) == text);
    writer.join();
}

TEST_CASE("read_file: devices are refused, since they may have no end", "[files][read_file]") {
    for (const auto* path : {"/dev/zero", "/dev/urandom", "/dev/null"})
        CHECK_THAT(refusal([&] { read_file(path); }),
                   Catch::Matchers::Equals(std::string(path) +
                                           " cannot be read: it is a device. Pass a file or a "
                                           "pipe"));
}

TEST_CASE("read_file: a stream without end is read up to a bound", "[files][read_file]") {
    struct Zeros : std::streambuf {
        int_type underflow() override {
            setg(zeros, zeros, zeros + sizeof zeros);
            return 0;
        }
        char zeros[1000] = {};
    };
    Zeros zeros;
    std::istream endless(&zeros);
    CHECK_THAT(refusal([&] { read_all(endless, "feed", 0, 1'000'000); }),
               Contains("feed does not end after 1"));
    // The bound does not apply to the known size of a file, only to the bytes after it.
    std::istringstream grown(std::string(2'000'000, 'x'));
    CHECK(read_all(grown, "log", 1'500'000, 1'000'000).size() == 2'000'000);
    std::istringstream exact(std::string(1'000'000, 'x'));
    CHECK(read_all(exact, "feed", 0, 1'000'000).size() == 1'000'000);
}

TEST_CASE("read_file: a file larger than the memory is refused, not read", "[files][read_file]") {
    const Folder folder;
    const fs::path path = folder / "sparse";
    std::ofstream(path) << "a,b\n1,2\n";
    for (const int bits : {40, 43}) {  // sparse files of 1 and 8 TB
        std::error_code unsupported;
        fs::resize_file(path, std::uintmax_t(1) << bits, unsupported);
        if (!unsupported)
            CHECK_THAT(refusal([&] { read_file(path); }),
                       Contains(" bytes, more than the memory has"));
    }
}

TEST_CASE("read_file: a lack of memory is reported as an error of the file", "[files][read_file]") {
    CHECK(refusal([] { made_from("m.st", []() -> int { throw std::bad_alloc(); }); }) ==
          "m.st: it needs more memory than is available");
}
