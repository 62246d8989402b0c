// SPDX-License-Identifier: MIT
//
// What a board support package usually provides: the startup code from reset to main, and
// semihosting, with which a program communicates with its debugger.

#include "machine.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

extern "C" {

// Addresses defined in machine.ld.
extern std::uint32_t stack_top[], data_in_program[], data_begin[], data_end[], bss_begin[],
    bss_end[];
extern void (*constructors_begin[])();
extern void (*constructors_end[])();

int program() asm("main");  // C++ does not allow calls of main
[[noreturn]] void reset();
}

namespace {

constexpr std::uint32_t unused = 0xA5A5A5A5;

/// Calls the debugger by Arm's semihosting interface: operation in r0, argument in r1.
std::uintptr_t semihosting(std::uintptr_t operation, std::uintptr_t argument) {
    register std::uintptr_t r0 asm("r0") = operation;
    register std::uintptr_t r1 asm("r1") = argument;
    asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

[[noreturn]] void end(bool success) {
    constexpr std::uintptr_t exit = 0x18, application_exit = 0x20026, run_time_error = 0x20023;
    semihosting(exit, success ? application_exit : run_time_error);
    for (;;) {
    }
}

/// The handler of faults.
[[noreturn]] void fault() {
    end(false);
}

[[gnu::section(".vectors"), gnu::used]] const void* const vectors[] = {
    stack_top, reinterpret_cast<const void*>(reset),
    reinterpret_cast<const void*>(fault),  // non-maskable interrupt
    reinterpret_cast<const void*>(fault),  // hard fault
};

}  // namespace

void reset() {
#ifdef __ARM_FP
    auto& coprocessor_access = *reinterpret_cast<volatile std::uint32_t*>(0xE000ED88);
    coprocessor_access = coprocessor_access | 0xF << 20;
    asm volatile("dsb\n\tisb");
#endif
    std::copy(data_in_program, data_in_program + (data_end - data_begin), data_begin);
    std::fill(bss_begin, bss_end, 0);
    std::fill(bss_end, static_cast<std::uint32_t*>(__builtin_frame_address(0)) - 16, unused);
    std::for_each(constructors_begin, constructors_end, [](auto constructor) { constructor(); });
    end(program() == 0);
}

/// The library calls abort() on invalid arguments. That of the C library would link its signals.
extern "C" [[noreturn]] void abort() {
    end(false);
}

/// The C library's mathematical functions store their errors here. Its own costs a kilobyte.
extern "C" int* __errno() {
    static int error;
    return &error;
}

void write(const char* text) {
    constexpr std::uintptr_t write_text = 0x04;
    semihosting(write_text, reinterpret_cast<std::uintptr_t>(text));
}

void write(float number, int decimals) {
    char text[16] = {};
    char* next = text + 15;
    float unit = 1;
    for (int d = 0; d < decimals; ++d) unit *= 10;
    auto left = unsigned(number * unit + 0.5f);
    for (int digit = 0; left > 0 || digit <= decimals; ++digit, left /= 10) {
        if (digit == decimals && decimals > 0)
            *--next = '.';
        *--next = char('0' + left % 10);
    }
    write(next);
}

std::size_t stack_used() {
    const std::uint32_t* low = bss_end;
    while (*low == unused) ++low;
    return std::size_t(stack_top - low) * sizeof *low;
}
