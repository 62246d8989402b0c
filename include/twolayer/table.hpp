// SPDX-License-Identifier: MIT
// Tables and CSV files, for models whose inputs and classes are columns.
#pragma once

#include <twolayer/tables/classes.hpp>
#include <twolayer/tables/csv.hpp>
#include <twolayer/tables/table.hpp>
#include <twolayer/tables/table_inputs.hpp>
#include <twolayer/tables/table_model.hpp>
