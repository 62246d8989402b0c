// SPDX-License-Identifier: MIT
// Tables and CSV files, for models whose inputs and classes are columns.
#pragma once

#include <twolayer/data/columns.hpp>
#include <twolayer/data/table.hpp>
#include <twolayer/data/table_inputs.hpp>
#include <twolayer/io/csv.hpp>
