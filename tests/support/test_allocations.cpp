// SPDX-License-Identifier: MIT
#include "support/allocations.hpp"

#include <Eigen/Core>
#include <cerrno>
#include <cstdlib>

#include "catch.hpp"

// The thread sanitizer has its own malloc.
#if defined(__SANITIZE_ADDRESS__)
#define TWOLAYER_TEST_ADDRESS_SANITIZER
#elif defined(__SANITIZE_THREAD__)
#define TWOLAYER_TEST_KEEP_MALLOC
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TWOLAYER_TEST_ADDRESS_SANITIZER
#elif __has_feature(thread_sanitizer)
#define TWOLAYER_TEST_KEEP_MALLOC
#endif
#endif

namespace {

// Constant-initialized, so that the first malloc of a thread can access them. Volatile, because
// compilers assume that malloc does not change variables of the program.
constinit thread_local volatile std::size_t count = 0, bytes = 0;

[[maybe_unused]] inline void note(std::size_t size) {
    count = count + 1;
    bytes = bytes + size;
}

}  // namespace

#if defined(TWOLAYER_TEST_ADDRESS_SANITIZER)

// The address sanitizer has its own malloc, with hooks.
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void*,
                                                                           std::size_t),
                                                         void (*on_free)(const volatile void*));

static const bool counting = __sanitizer_install_malloc_and_free_hooks(
                                 [](const volatile void*, std::size_t size) { note(size); },
                                 [](const volatile void*) {}) > 0;

#elif defined(__GLIBC__) && !defined(TWOLAYER_TEST_KEEP_MALLOC)

// In glibc, a program can replace malloc. The original functions have these names.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t n, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

void* malloc(std::size_t size) {
    note(size);
    return __libc_malloc(size);
}
void* calloc(std::size_t n, std::size_t size) {
    note(n * size);
    return __libc_calloc(n, size);
}
void* realloc(void* old, std::size_t size) {
    note(size);
    return __libc_realloc(old, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
    note(size);
    return __libc_memalign(alignment, size);
}
int posix_memalign(void** result, std::size_t alignment, std::size_t size) {
    note(size);
    *result = __libc_memalign(alignment, size);
    return *result == nullptr ? ENOMEM : 0;
}
}

static const bool counting = true;

#else

static const bool counting = false;

#endif

bool twolayer::test::counts_allocations() {
    return counting;
}

std::size_t twolayer::test::allocations() {
    return count;
}

std::size_t twolayer::test::allocated_bytes() {
    return bytes;
}

TEST_CASE("allocations: the counter counts every way to allocate",
          "[support][allocations][not_valgrind]") {
    using twolayer::test::allocations_in;
    if (!twolayer::test::counts_allocations()) {
        WARN("allocations are not counted with this C library or sanitizer");
        return;
    }
    void* volatile kept = nullptr;  // what it points to cannot be optimized away
    CHECK(allocations_in([] {}) == 0);
    CHECK(allocations_in([&] { kept = std::malloc(100); }) == 1);
    CHECK(allocations_in([&] { kept = std::realloc(kept, 100000); }) == 1);
    std::free(kept);
    CHECK(allocations_in([&] { kept = std::calloc(10, 10); }) == 1);
    std::free(kept);
    CHECK(allocations_in([&] { kept = std::aligned_alloc(64, 128); }) == 1);
    std::free(kept);
    CHECK(allocations_in([&] { kept = ::operator new(100); }) == 1);
    ::operator delete(kept);
    const std::size_t before = twolayer::test::allocated_bytes();
    kept = std::malloc(1000);
    std::free(kept);
    CHECK(twolayer::test::allocated_bytes() == before + 1000);
    Eigen::VectorXd v;
    CHECK(allocations_in([&] { v.setOnes(100); }) == 1);
    CHECK(v.sum() == 100);

    // More than a product of Eigen takes from the stack.
    const Eigen::MatrixXd A = Eigen::MatrixXd::Ones(256, 784), B = Eigen::MatrixXd::Ones(784, 128);
    Eigen::MatrixXd C(256, 128);
    CHECK(allocations_in([&] { C.noalias() = A * B; }) > 0);
    CHECK(C(255, 127) == 784);
}
