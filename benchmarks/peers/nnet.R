# SPDX-License-Identifier: MIT
#
# Measures the processor seconds until R's nnet (BFGS) reaches the level of a task. Arguments:
# FOLDER TASK FIRST_SEED SEEDS. Prints one line per training, like the program time_to_loss.

if (!requireNamespace("nnet", quietly = TRUE)) {
    cat("left out,R nnet,r-cran-nnet\n")
    quit()
}

patience <- 3  # a method that has not reached the level in this many time limits is dropped

arguments <- commandArgs(trailingOnly = TRUE)
folder <- arguments[1]
task <- arguments[2]
seeds <- seq(as.integer(arguments[3]), length.out = as.integer(arguments[4]))

tasks <- read.csv(file.path(folder, "tasks.csv"), header = FALSE)
settings <- tasks[tasks[[1]] == task, ]
hidden <- settings[[2]]
level <- settings[[3]]
limit <- settings[[4]]
X <- as.matrix(read.csv(file.path(folder, paste0(task, "_X.csv")), header = FALSE))
Y <- as.matrix(read.csv(file.path(folder, paste0(task, "_Y.csv")), header = FALSE))
labels <- all(Y == 0 | Y == 1)

# nnet ends when its criterion, the sum of squared errors or of log-losses, falls below abstol.
train <- function(seed, entropy, maxit, abstol = 0) {
    once <- function() {
        set.seed(seed)
        nnet::nnet(X, Y, size = hidden, entropy = entropy, maxit = maxit, abstol = abstol,
                   reltol = 0, MaxNWts = 1e6, trace = FALSE)
    }
    # R reports processor time in whole milliseconds, so a short training is repeated.
    begin <- processor_seconds()
    times <- 0
    while (times == 0 || processor_seconds() - begin < 0.05) {
        net <- once()
        times <- times + 1
    }
    seconds <- (processor_seconds() - begin) / times
    list(seconds = seconds, loss = sum((net$fitted.values - Y)^2) / (2 * nrow(X)))
}

processor_seconds <- function() sum(proc.time()[1:2])

# The number of iterations that fit into the time limit: nnet has no limit in seconds.
allowed <- function(entropy) {
    few <- 10
    max(few, ceiling(few * 1.2 * limit / max(train(0, entropy, few)$seconds, 1e-3)))
}

squared_error <- function(seed, maxit) {
    train(seed, FALSE, maxit, abstol = 2 * nrow(X) * level)
}

# The squared error is not the criterion here. So the smallest maxit that reaches the level is found,
# to 2 %, by doubling and bisection. Only the time of the training with that maxit counts.
log_loss <- function(seed, maxit) {
    low <- 0
    high <- 1
    best <- train(seed, TRUE, high)
    while (best$loss > level) {
        if (high >= maxit || best$seconds > limit) return(best)
        low <- high
        high <- min(2 * high, maxit)
        best <- train(seed, TRUE, high)
    }
    while (high - low > max(1, high %/% 50)) {
        middle <- low + (high - low) %/% 2
        run <- train(seed, TRUE, middle)
        if (run$loss <= level) {
            high <- middle
            best <- run
        } else {
            low <- middle
        }
    }
    best
}

measure <- function(name, minimizes, method, entropy) {
    maxit <- allowed(entropy)
    spent <- 0
    reached <- 0
    for (seed in seeds) {
        if (reached == 0 && spent > 0.99 * patience * limit) break
        run <- method(seed, maxit)
        spent <- spent + run$seconds
        reached <- reached + (run$loss <= 1.001 * level && run$seconds <= limit)
        cat(sprintf("run,%s,R nnet,%s,%s,%s,%d,%.9f,%.9g\n", task,
                    as.character(packageVersion("nnet")), name, minimizes, seed, run$seconds,
                    run$loss))
    }
}

measure("BFGS", "squared error", squared_error, FALSE)
if (labels) measure("BFGS entropy", "log-loss", log_loss, TRUE)
