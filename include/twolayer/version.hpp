// SPDX-License-Identifier: MIT
#pragma once

#define TWOLAYER_VERSION_MAJOR 0
#define TWOLAYER_VERSION_MINOR 1
#define TWOLAYER_VERSION_PATCH 0
