// SPDX-License-Identifier: MIT
// Shows the progress of a training.
#pragma once

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <utility>

#include <twolayer/base/types.hpp>

/// Loss and score after an epoch, on the training samples or on those held out.
struct Iterate {
    double loss = 0;
    double score = 0;
};

/// On a terminal, shows a bar that moves; elsewhere, a table of the epochs 1, 2, 5, 10, 20, 50 and
/// so on.
class Progress {
public:
    /// `score` names the score of a Iterate. If quiet, shows nothing.
    Progress(twolayer::Index epochs, std::string score, bool quiet)
        : epochs_(epochs), score_(std::move(score)), live_(!quiet && isatty(fileno(stdout)) != 0) {
        if (!live_ && !quiet)
            std::printf("\n%7s%16s%11s%16s%11s\n", "epoch", "training loss", score_.c_str(),
                        "held-out loss", score_.c_str());
        std::fflush(stdout);
    }

    /// Whether to show this epoch.
    bool wants(twolayer::Index epoch) const {
        if (live_)
            return epoch == 1 || epoch == epochs_ ||
                   std::chrono::steady_clock::now() - last_ > std::chrono::milliseconds(40);
        twolayer::Index decade = 1;
        while (10 * decade <= epoch) decade *= 10;
        return epoch == decade || epoch == 2 * decade || epoch == 5 * decade || epoch == epochs_;
    }

    void show(twolayer::Index start, twolayer::Index epoch, const Iterate& training,
              const Iterate& held_out) {
        if (!live_) {
            if (epoch == 1 && start > 0)
                std::printf("start %td\n", start + 1);
            std::printf("%7td%16.4f%11.4f%16.4f%11.4f\n", epoch, training.loss, training.score,
                        held_out.loss, held_out.score);
            std::fflush(stdout);
            return;
        }
        if (epoch == 1 && start > 0)
            std::putchar('\n');  // the bar of the previous start remains
        last_ = std::chrono::steady_clock::now();
        const auto done = bar_width * std::size_t(epoch) / std::size_t(epochs_);
        const std::string bar = std::string(done, '#') + std::string(bar_width - done, '.');
        std::printf("\r[%s] %td/%td  loss %.4f %s %.4f | held out %.4f %.4f\033[K", bar.c_str(),
                    epoch, epochs_, training.loss, score_.c_str(), training.score, held_out.loss,
                    held_out.score);
        std::fflush(stdout);
    }

    /// Ends the line of the bar.
    void finish() const {
        if (live_)
            std::putchar('\n');
    }

private:
    static constexpr std::size_t bar_width = 12;  // the line stays within 80 columns

    twolayer::Index epochs_;
    std::string score_;
    bool live_;
    std::chrono::steady_clock::time_point last_ = {};
};
