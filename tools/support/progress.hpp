// SPDX-License-Identifier: MIT
// Shows the progress of a training, which Ctrl-C ends.
#pragma once

#include <algorithm>
#include <chrono>
#include <csignal>
#include <string>
#include <twolayer/base/types.hpp>
#include <twolayer/model/search_options.hpp>
#include <utility>

#include "terminal.hpp"

/// Not 0 after Ctrl-C: the training must end.
inline volatile std::sig_atomic_t interrupted = 0;

/// From now on the first Ctrl-C sets `interrupted`, and a second one ends the program.
inline void catch_interrupt() {
    std::signal(SIGINT, [](int) {
        interrupted = 1;
        std::signal(SIGINT, SIG_DFL);
    });
}

/// How long a line stays on a terminal before it changes.
inline constexpr auto screen_interval = std::chrono::milliseconds(40);

/// On a terminal, shows how far a search is, on one line, which is gone at the end.
class SearchLine {
public:
    explicit SearchLine(const Console& console) : console_(console) {}
    ~SearchLine() {
        if (live_)
            console_.print("\r\033[K");
    }
    SearchLine(const SearchLine&) = delete;
    SearchLine& operator=(const SearchLine&) = delete;

    void show(const twolayer::SearchProgress& p) {
        const auto now = std::chrono::steady_clock::now();
        if (!live_ || now - last_time_ < screen_interval)
            return;
        last_time_ = now;
        const std::string of = p.trial > 0 ? format("trial %td", p.trial) : "all samples",
                          step = p.trial > 0 ? "fold" : "epoch";
        console_.print(
            "\r" +
            cut(format("%s: %td hidden units, weight decay %.3g, %s %td/%td, loss %.4f", of.c_str(),
                       p.hidden, p.weight_decay, step.c_str(), p.step, p.steps, p.loss),
                terminal_columns) +
            "\033[K");
    }

private:
    const Console& console_;
    bool live_ = console_.live();
    std::chrono::steady_clock::time_point last_time_ = {};
};

/// Loss and score after an epoch, on the training samples or on those held out.
struct Iterate {
    double loss = 0;
    double score = 0;
};

/// On a terminal, shows a bar that moves; elsewhere, a table of the epochs 1, 2, 5, 10, 20, 50 and
/// so on, and of the last one.
class Progress {
public:
    using Index = twolayer::Index;

    /// `score` names the score of an Iterate.
    Progress(const Console& console, Index epochs, std::string score)
        : console_(console), epochs_(epochs), score_(std::move(score)) {
        if (!live_)
            console_.print(format("\n%7s%16s%11s%16s%11s\n", "epoch", "training loss",
                                  score_.c_str(), "held-out loss", score_.c_str()));
    }

    /// After a failure, what follows begins on a line of its own.
    ~Progress() {
        if (bar_is_open_)
            console_.print("\n");
    }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// Whether to show this epoch.
    bool wants(Index epoch) const {
        if (console_.quiet())
            return false;
        if (live_)
            return epoch == 1 || std::chrono::steady_clock::now() - last_time_ > screen_interval;
        Index decade = 1;
        while (10 * decade <= epoch) decade *= 10;
        return epoch == decade || epoch == 2 * decade || epoch == 5 * decade || epoch == epochs_;
    }

    void show(Index start, Index epoch, const Iterate& training, const Iterate& held_out) {
        if (epoch == 1 && start > 0)  // on a terminal, the bar of the previous start remains
            console_.print(live_ ? "\n" : format("start %td\n", start + 1));
        bar_is_open_ = live_;
        if (live_)
            show_bar(double(epoch) / double(epochs_), format("%td/%td", epoch, epochs_), training,
                     held_out);
        else
            show_row(epoch, training, held_out);
        last_time_ = std::chrono::steady_clock::now();
        last_epoch_ = epoch;
    }

    /// Fills the bar, or adds the last row, with the results of the weights that were kept: those
    /// of `best_epoch`.
    void finish(Index epochs, Index best_epoch, const Iterate& training, const Iterate& held_out) {
        if (live_) {
            show_bar(1, counted(epochs, "epoch"), training, held_out);
            console_.print("\n");
            bar_is_open_ = false;
        } else if (best_epoch == epochs && best_epoch != last_epoch_) {
            show_row(best_epoch, training, held_out);
        }
    }

private:
    void show_row(Index epoch, const Iterate& training, const Iterate& held_out) const {
        console_.print(format("%7td%16.4f%11.4f%16.4f%11.4f\n", epoch, training.loss,
                              training.score, held_out.loss, held_out.score));
    }

    /// One line, whatever the numbers: the bar takes what they leave.
    void show_bar(double done, const std::string& epochs, const Iterate& training,
                  const Iterate& held_out) const {
        const std::string text =
            format("%s  loss %.4f %s %.4f | held out %.4f %.4f", epochs.c_str(), training.loss,
                   score_.c_str(), training.score, held_out.loss, held_out.score);
        constexpr std::size_t longest = 12, around = 3;
        const std::size_t used = text.size() + around;
        const std::size_t width =
            std::min(longest, terminal_columns - std::min(terminal_columns, used));
        const auto full = std::size_t(double(width) * done);
        const std::string bar = std::string(full, '#') + std::string(width - full, '.');
        console_.print("\r" + cut("[" + bar + "] " + text, terminal_columns) + "\033[K");
    }

    const Console& console_;
    Index epochs_;
    std::string score_;
    bool live_ = console_.live();
    bool bar_is_open_ = false;
    std::chrono::steady_clock::time_point last_time_ = {};
    Index last_epoch_ = 0;
};
