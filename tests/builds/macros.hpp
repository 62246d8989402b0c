// SPDX-License-Identifier: MIT
#pragma once

// Names that system headers define as macros, defined here after the external headers that the
// library includes. The library must not use any of these names.

#include <Eigen/Cholesky>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iomanip>
#include <iostream>
#include <map>
#include <numbers>
#include <numeric>
#include <random>
#include <ranges>
#include <sstream>
#include <stop_token>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

// windows.h
#define min(a, b) (((a) < (b)) ? (a) : (b))
#define max(a, b) (((a) > (b)) ? (a) : (b))
#define far @
#define near @
#define small @
#define hyper @
#define pascal @
#define cdecl @
#define interface @
#define huge @
#define IN @
#define OUT @
#define OPTIONAL @
#define CONST @
#define VOID @
#define ERROR @
#define NO_ERROR @
#define DELETE @
#define IGNORE @
#define DIFFERENCE @
#define STRICT @
#define TRANSPARENT @
#define OPAQUE @
#define ABSOLUTE @
#define RELATIVE @
#define GetObject @
#define CreateFile @
#define DeleteFile @
#define CopyFile @
#define GetMessage @
#define Yield @

// X.h, Xlib.h
#define Above @
#define Below @
#define None @
#define Always @
#define Never @
#define Status @
#define Bool @
#define True @
#define False @
#define Success @
#define Complex @
#define Convex @
#define Unsorted @
#define Font @
#define GrayScale @
#define KeyPress @
#define CursorShape @

// AssertMacros.h, sys/sysmacros.h, complex.h, termios.h, and predefined macros of GNU C
#define check(assertion) @
#define verify(assertion) @
#define require(assertion, label) @
#define major(device) @
#define minor(device) @
#define makedev(a, b) @
#define I @
#define complex @
#define ECHO @
#define B0 @
#define unix @
#define linux @
#define nil @
#define YES @
#define NO @
