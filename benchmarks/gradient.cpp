// SPDX-License-Identifier: MIT
//
// Measures a gradient, forward and backward over all samples, in this library and in the programs
// it was built with, and compares it with the limit of the processor:
//
//     gradient [--shapes xor,iris,...] [--scalars float,double] [--seconds 1] [--threads 1] [--csv
//     FILE]
//
// All programs except OpenCV have the same weights and data, which their losses prove. With
// --threads, only the programs that can use several threads are measured, also with one thread.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "speed/blas.hpp"
#include "speed/limit.hpp"
#include "speed/machine.hpp"
#include "speed/program.hpp"
#include "speed/turns.hpp"

using namespace benchmark;

namespace {

struct Options {
    std::vector<std::string> shapes;
    std::vector<std::string> scalars{"float", "double"};
    double seconds = 1;
    int threads = 1;
    std::string csv;
};

bool holds(const std::vector<std::string>& list, const std::string& name) {
    return list.empty() || std::ranges::find(list, name) != list.end();
}

struct Row {
    Player player;
    int threads;
};

using File = std::unique_ptr<std::FILE, decltype(&std::fclose)>;

/// What is measured in turns: the limit, this library, the other programs.
template <typename Scalar>
std::vector<Row> rows_for(const Problem<Scalar>& problem, const std::vector<SpeedProgram>& programs,
                          int threads) {
    std::vector<Row> rows;
    const auto add = [&](const std::string& name, int used, Calls calls) {
        if (calls)
            rows.push_back(
                {{.name = used == 1 ? name : name + " on " + std::to_string(used) + " threads",
                  .calls = std::move(calls)},
                 used});
    };
    std::vector<int> counts{1};
    if (threads > 1)
        counts.push_back(threads);
    for (const int used : counts) add("limit", used, limit::multiply_add_on<Scalar>(used));
    for (const SpeedProgram& program : programs)
        if (const auto& calls = program.template calls<Scalar>();
            calls && (threads == 1 || program.threads))
            for (const int used : counts) add(program.name, used, calls(problem, used));
    return rows;
}

template <typename Scalar>
void measure(const Size& size, const char* scalar, const std::vector<SpeedProgram>& programs,
             const Options& options, std::FILE* csv) {
    const Problem<Scalar> problem(size);
    std::vector<Row> rows = rows_for(problem, programs, options.threads);
    std::vector<Player> players;
    for (Row& row : rows) players.push_back(std::move(row.player));
    take_turns(players, options.seconds, options.threads);

    const auto flops_per_second = [&](std::size_t i) {
        const bool is_limit = players[i].name.starts_with("limit");
        const double flops =
            is_limit ? rows[i].threads * limit::flops<Scalar>() : size.gradient_flops();
        return flops / players[i].least();
    };
    const std::size_t ours = options.threads == 1 ? 1 : 2;  // after the limits
    const double L = players[ours].proof;
    for (std::size_t i = 0; i < players.size(); ++i) {
        const Player& player = players[i];
        const double share = flops_per_second(i) / flops_per_second(rows[i].threads == 1 ? 0 : 1);
        std::printf("%-12s %-7s %-31s", size.name, scalar, player.name.c_str());
        if (player.name.starts_with("limit")) {
            std::printf("%14s%14s%10.3g\n", "", "", flops_per_second(i) / 1e9);
            continue;
        }
        std::printf("%14.2f%14.2f%10.3g%9.3g%%%12.2f", 1e6 * player.median(), 1e6 * player.least(),
                    flops_per_second(i) / 1e9, 100 * share, player.least() / players[ours].least());
        const auto made = [&](const SpeedProgram& program) {
            return player.name.starts_with(program.name) && program.proves;
        };
        if (std::ranges::any_of(programs, made) && !(std::abs(player.proof - L) < 2e-3 * L))
            std::printf("  its loss is %g instead of %g", player.proof, L);
        if (rows[i].threads > 1)
            std::printf("  speedup %.2f, limit %.2f", players[i - 1].least() / player.least(),
                        flops_per_second(1) / flops_per_second(0));
        std::printf("\n");
        if (csv != nullptr)
            std::fprintf(csv, "%s,%s,%s,%d,%.9g,%.9g,%.6g,%.6g\n", size.name, scalar,
                         player.name.c_str(), rows[i].threads, 1e6 * player.median(),
                         1e6 * player.least(), flops_per_second(i) / 1e9, share);
    }
    std::printf("\n");
    std::fflush(stdout);
    if (csv != nullptr)
        std::fflush(csv);
}

void run(const Options& options) {
    const auto programs = gradient_programs();
    std::printf("%s, vectors of %d bytes\n", machine().c_str(), limit::vector_bytes);
    for (const SpeedProgram& program : programs)
        std::printf("    %s %s\n", program.name.c_str(), program.version.c_str());
    std::printf("    BLAS: %s\n", blas().c_str());
    std::printf("reading memory: %.1f GB/s\n", limit::bytes_per_second() / 1e9);
    std::printf(
        "\n%s time. The programs take turns. GFLOP/s: (4 N D M + 6 N M K) / minimum.\n"
        "The limit is a loop of multiplications and additions, measured in the same turns.\n"
        "OpenCV (double internally): an iteration of RPROP. FANN: an epoch at learning rate 0.\n\n",
        options.threads == 1 ? "Processor" : "Wall-clock");
    std::printf("%-12s %-7s %-31s%14s%14s%10s%10s%12s\n", "shape", "scalar", "program", "median us",
                "minimum us", "GFLOP/s", "of limit", "times ours");

    const File csv(options.csv.empty() ? nullptr : std::fopen(options.csv.c_str(), "w"),
                   [](std::FILE* file) { return file == nullptr ? 0 : std::fclose(file); });
    if (csv)
        std::fprintf(csv.get(),
                     "# %s\nshape,scalar,program,threads,median_us,minimum_us,gflops,share\n",
                     machine().c_str());
    else if (!options.csv.empty())
        throw std::runtime_error("cannot write " + options.csv);
    for (const Size& size : gradient_sizes) {
        if (!holds(options.shapes, size.name))
            continue;
        if (holds(options.scalars, "float"))
            measure<float>(size, "float", programs, options, csv.get());
        if (holds(options.scalars, "double"))
            measure<double>(size, "double", programs, options, csv.get());
    }
}

}  // namespace

int main(int count, char** arguments) try {
    Options options;
    CLI::App app("Measures a gradient in this library and in other programs");
    app.add_option("--shapes", options.shapes,
                   "some of xor, iris, cancer, digits, mnist-batch, mnist, "
                   "tall, wide [default: all]")
        ->delimiter(',');
    app.add_option("--scalars", options.scalars, "float, double [default: both]")->delimiter(',');
    app.add_option("--seconds", options.seconds, "time for each program, shape and scalar");
    app.add_option("--threads", options.threads, "measure this number of threads in addition to 1")
        ->check(CLI::Range(1, 256));
    app.add_option("--csv", options.csv, "write the table to this file as well");
    CLI11_PARSE(app, count, arguments);
    run(options);
    return EXIT_SUCCESS;
} catch (const std::exception& error) {
    std::fprintf(stderr, "gradient: %s\n", error.what());
    return EXIT_FAILURE;
}
