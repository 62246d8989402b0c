// SPDX-License-Identifier: MIT
#include <twolayer/files/safetensors.hpp>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <random>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include "catch.hpp"
#include "support/folder.hpp"
#include "support/saved_models.hpp"

using namespace twolayer;

TEST_CASE("save: killed at any moment, it leaves the old file or the new",
          "[files][safetensors][not_valgrind]") {
    using Net = TwoLayerNet<double>;
    const test::Folder folder;
    const auto path = folder / "net.safetensors";
    std::mt19937 generator(1);
    // Large enough that writing takes a good part of the time.
    Net nets[2] = {Net({.inputs = 64, .hidden = 300, .outputs = 10}),
                   Net({.inputs = 64, .hidden = 301, .outputs = 10})};
    for (Net& net : nets) net.randomize(generator);
    save(path, nets[0]);

    int of_each[2] = {0, 0};
    for (int kill = 0; kill < 200; ++kill) {
        const pid_t child = ::fork();
        if (child == 0)
            for (int i = kill;; ++i) save(path, nets[i % 2]);
        std::this_thread::sleep_for(std::chrono::microseconds(generator() % 10000));
        REQUIRE(::kill(child, SIGKILL) == 0);
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        REQUIRE(WIFSIGNALED(status));
        const Net found = load<Net>(path);
        const int which = found.shape() == nets[0].shape() ? 0 : 1;
        REQUIRE(test::same_bits(found.weights().theta(), nets[which].weights().theta()));
        ++of_each[which];
    }
    // How often each case occurs is random; it is not checked.
    const auto left_over = std::distance(std::filesystem::directory_iterator(folder.path()),
                                         std::filesystem::directory_iterator()) -
                           1;
    INFO("found " << of_each[0] << " and " << of_each[1] << ", killed while writing " << left_over);
    save(path, nets[0]);
    const Net found = load<Net>(path);
    CHECK(test::same_bits(found.weights().theta(), nets[0].weights().theta()));
}
