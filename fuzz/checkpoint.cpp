// SPDX-License-Identifier: MIT
//
// Any bytes are a checkpoint of a fit or are refused with std::runtime_error. A checkpoint that is
// read is written back bit for bit, and a fit resumes from it and ends, whatever its numbers are.

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <twolayer/files/checkpoint.hpp>
#include <twolayer/network/net.hpp>
#include <twolayer/optim/adam.hpp>
#include <twolayer/optim/lbfgs.hpp>
#include <twolayer/optim/levenberg_marquardt.hpp>
#include <twolayer/optim/newton_cg.hpp>
#include <twolayer/optim/rprop.hpp>
#include <twolayer/policies/loss.hpp>
#include <twolayer/policies/output.hpp>

#include "check.hpp"

using namespace twolayer;

namespace {

using Net = TwoLayerNet<double, Identity>;

/// A fit of four samples, and its checkpoint in the second of its two starts.
template <typename Method>
class Fit {
public:
    Fit() {
        FitOptions stopping = options_;
        stopping.callback = [](const FitProgress& at) { return at.start == 0 || at.epoch < 3; };
        FitState<Net, Method> state;
        Net net = net_;
        fit(net, X_, Y_, SquaredError{}, {}, Method{}, stopping, state);
        bytes_ = file_.bytes(state);
        metadata_ = detail::parse_tensor_file(bytes_).metadata;
    }

    /// Writes the checkpoint into the corpus.
    void write_seed() const {
        std::ofstream("build/fuzz/corpus/checkpoint/" + metadata_.at("method"), std::ios::binary)
            << bytes_;
    }

    static constexpr std::string_view method = Method::name;

    /// Reads these tensors with the metadata of this fit and a valid checksum, so that the fuzzer
    /// reaches the code after these checks.
    void load_and_go_on(detail::TensorFile file) const {
        file.metadata = metadata_;
        file.seal();
        load_and_go_on(detail::tensor_file_bytes(file));
    }

    void load_and_go_on(const std::string& bytes) const {
        auto state = loaded(bytes);
        if (!state)
            return;
        const std::string written = file_.bytes(*state);
        const auto again = loaded(written);
        check(again.has_value(), "a written checkpoint can be read");
        check(file_.bytes(*again) == written, "a checkpoint is written back bit for bit");
        Net net = net_;
        fit(net, X_, Y_, SquaredError{}, {}, Method{}, options_, *state);
    }

private:
    std::optional<FitState<Net, Method>> loaded(const std::string& bytes) const {
        return unless_refused([&] { return file_.from_bytes(bytes); });
    }

    Net net_{{.inputs = 1, .hidden = 2, .outputs = 1}};
    Matrix<double> X_{{-0.5}, {1}, {0.25}, {2}}, Y_{{0.25}, {1}, {0}, {0.5}};
    FitOptions options_{.epochs = 6, .validation_fraction = 0.25, .starts = 2};
    CheckpointFile<Net, Method> file_{"input",        net_, X_,       Y_,
                                      SquaredError{}, {},   Method{}, options_};
    std::string bytes_;
    decltype(detail::TensorFile::metadata) metadata_;
};

template <typename Use>
void for_each_fit(Use use) {
    static const std::tuple<Fit<Adam>, Fit<Rprop>, Fit<Lbfgs>, Fit<LevenbergMarquardt>,
                            Fit<NewtonCg>>
        fits;
    std::apply([&](const auto&... fit) { (use(fit), ...); }, fits);
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    for_each_fit([](const auto& fit) { fit.write_seed(); });
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    const auto tensors = unless_refused([&] {
        return detail::made_from("input", [&] { return detail::parse_tensor_file(bytes); });
    });
    for_each_fit([&](const auto& fit) {
        if (tensors && tensors->text_or_empty("method") != fit.method)
            return;
        fit.load_and_go_on(bytes);
        if (tensors)
            fit.load_and_go_on(*tensors);
    });
    return 0;
}
