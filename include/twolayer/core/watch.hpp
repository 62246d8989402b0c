// SPDX-License-Identifier: MIT
//
// A way out of long work: what a sum over samples calls before each tile.
#pragma once

namespace twolayer::detail {

/// Looked at before each tile of a sum, by the thread that computes the tile. It may throw to end
/// the sum.
class Watch {
public:
    virtual void look() const = 0;

protected:
    ~Watch() = default;
};

}  // namespace twolayer::detail
