// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <ctime>
#include <string>
#include <vector>

#include "program.hpp"

namespace benchmark {

/// For one thread the processor time, to which other processes do not add; for several threads the
/// wall-clock time.
inline double seconds_now(int threads) {
    timespec now{};
    clock_gettime(threads == 1 ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &now);
    return double(now.tv_sec) + 1e-9 * double(now.tv_nsec);
}

/// One of the programs that take turns.
struct Player {
    std::string name;
    Calls calls;
    std::int64_t count = 1;            ///< number of calls in a turn
    double proof = std::nan("");       ///< what the calls returned
    double spent = 0;                  ///< seconds in all turns
    std::vector<double> seconds = {};  ///< per call, one number for each turn

    double least() const { return *std::ranges::min_element(seconds); }

    double median() const {
        auto sorted = seconds;
        std::ranges::sort(sorted);
        const auto middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
};

/// The players take turns, so that other load on the machine affects all of them alike. Each gets
/// `seconds`, and at least three turns unless these would take more than three times as long.
inline void take_turns(std::vector<Player>& players, double seconds, int threads) {
    constexpr double turn = 4e-3;
    const auto run = [&](Player& player) {
        const double begin = seconds_now(threads);
        player.proof = player.calls(player.count);
        return seconds_now(threads) - begin;
    };
    // The first calls load pages and caches, and determine the number of calls in a turn.
    for (Player& player : players) {
        double taken = run(player);
        while (taken < turn / 2 && player.count < (1 << 30)) {
            player.count *= 2;
            taken = run(player);
        }
        if (taken > 3 * seconds) {
            player.seconds.push_back(taken / double(player.count));
            player.spent = taken;
        }
    }
    const auto waits = [&](const Player& player) {
        const bool few = player.seconds.size() < 3 && player.spent < 3 * seconds;
        return few || player.spent < seconds;
    };
    while (std::ranges::any_of(players, waits))
        for (Player& player : players)
            if (waits(player)) {
                const double taken = run(player);
                player.spent += taken;
                player.seconds.push_back(taken / double(player.count));
            }
}

}  // namespace benchmark
