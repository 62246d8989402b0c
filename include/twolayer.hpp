// SPDX-License-Identifier: MIT
#pragma once

#include <twolayer/core/check_gradient.hpp>
#include <twolayer/core/gradient.hpp>
#include <twolayer/core/net.hpp>
#include <twolayer/version.hpp>
