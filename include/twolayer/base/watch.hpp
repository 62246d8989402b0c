// SPDX-License-Identifier: MIT
// Lets long work be interrupted.
#pragma once

namespace twolayer::detail {

/// Called before each tile of a sum, by the thread that computes the tile, and before each slow
/// part of other work. It may throw to end the work.
class Watch {
public:
    virtual void look(bool slow) const = 0;

protected:
    ~Watch() = default;
};

}  // namespace twolayer::detail
