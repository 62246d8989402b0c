// SPDX-License-Identifier: MIT
//
// Measures the processor seconds of one thread until a network's loss reaches a level, in this
// library and in the programs it was built with. time_to_loss.py writes the tasks, runs this
// program and prints the table.

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include "peer.hpp"

using namespace benchmark;

namespace {

/// A method that has not reached the level in this many time limits is dropped. Its row in the
/// table has the number of its runs.
constexpr double patience = 3;

std::vector<Program> programs() {
    std::vector<Program> all{ours()};
    [[maybe_unused]] const auto lacks = [](const char* name, const char* package) {
        std::printf("left out,%s,%s\n", name, package);
    };
#ifdef BENCHMARK_ALGLIB
    all.push_back(alglib_peer());
#else
    lacks("ALGLIB", "libalglib-dev");
#endif
#ifdef BENCHMARK_FANN
    all.push_back(fann_peer());
#else
    lacks("FANN", "libfann-dev");
#endif
#ifdef BENCHMARK_LBFGSPP
    all.push_back(lbfgspp_peer());
#else
    lacks("LBFGSpp", "liblbfgspp-dev");
#endif
#ifdef BENCHMARK_OPENCV
    all.push_back(opencv_peer());
#else
    lacks("OpenCV", "libopencv-dev");
#endif
#ifdef BENCHMARK_TORCH
    all.push_back(torch_peer());
#else
    lacks("libtorch", "libtorch-dev");
#endif
    return all;
}

struct Entry {
    const Program* program;
    const Method* method;
    Training train;
    double spent = 0;
    int reached = 0;
};

/// The methods take turns, so that other load on the machine affects all of them alike.
void measure(const Task& task, const std::vector<Program>& all, int first_seed, int seeds) {
    std::vector<Entry> entries;
    for (const auto& program : all)
        for (const auto& method : program.methods)
            if (method.suits(task))
                entries.push_back({&program, &method, method.prepare(task)});
    for (int seed = first_seed; seed < first_seed + seeds; ++seed)
        for (auto& [program, method, train, spent, reached] : entries) {
            if (reached == 0 && spent > 0.99 * patience * task.limit_seconds)
                continue;
            const auto outcome = train(std::uint64_t(seed));
            const double L = squared_error(outcome.Yhat, task.Y);
            spent += outcome.seconds;
            // A tolerance of 0.1 % for programs that sum in single precision.
            reached += L <= 1.001 * task.level && outcome.seconds <= task.limit_seconds;
            std::printf("run,%s,%s,%s,%s,%s,%d,%.9f,%.9g\n", task.name.c_str(),
                        program->name.c_str(), program->version.c_str(), method->name.c_str(),
                        method->minimizes.c_str(), seed, outcome.seconds, L);
            std::fflush(stdout);
        }
}

/// Libraries load and initialize at their first use, which is not training time.
void warm_up(Task task, const std::vector<Program>& all) {
    task.limit_seconds = 0.05;
    for (const auto& program : all)
        for (const auto& method : program.methods)
            if (method.suits(task))
                method.prepare(task)(0);
}

}  // namespace

int main(int count, char** arguments) try {
    if (count != 5) {
        std::fputs("usage: time_to_loss FOLDER TASK FIRST_SEED SEEDS\n", stderr);
        return EXIT_FAILURE;
    }
    const auto all = programs();
    const auto tasks = read_tasks(arguments[1]);
    warm_up(tasks.front(), all);
    for (const auto& task : tasks)
        if (task.name == arguments[2])
            measure(task, all, std::atoi(arguments[3]), std::atoi(arguments[4]));
    return EXIT_SUCCESS;
} catch (const std::exception& error) {
    std::fprintf(stderr, "time_to_loss: %s\n", error.what());
    return EXIT_FAILURE;
}
