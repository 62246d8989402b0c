// SPDX-License-Identifier: MIT
// Labels as text, as files and reports name classes, and back.
#pragma once

#include <twolayer/base/error.hpp>
#include <twolayer/base/text.hpp>
#include <twolayer/data/labels.hpp>

#include <charconv>
#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace twolayer::detail {

/// The text of a label: a text itself, a character as a text of one, the digits of any other label
/// (0 or 1 for bool).
template <typename Label>
std::string label_text(const Label& label) {
    if constexpr (Text<Label>)
        return std::string(std::string_view(label));
    else if constexpr (std::is_enum_v<Label>)
        return label_text(static_cast<std::underlying_type_t<Label>>(label));
    else if constexpr (std::same_as<Label, char>)
        return std::string(1, label);
    else
        return std::to_string(label);
}

template <typename Label>
std::vector<std::string> label_texts(const std::vector<Label>& labels) {
    std::vector<std::string> texts;
    texts.reserve(labels.size());
    for (const auto& label : labels) texts.push_back(label_text(label));
    return texts;
}

/// The label that has this text, or a different one if none has.
template <typename Label>
Label nearest_label(const std::string& text) {
    if constexpr (std::is_enum_v<Label>) {
        return static_cast<Label>(nearest_label<std::underlying_type_t<Label>>(text));
    } else if constexpr (std::same_as<Label, char>) {
        return text.empty() ? '\0' : text.front();
    } else {
        std::conditional_t<std::unsigned_integral<Label>, unsigned long long, long long> number = 0;
        std::from_chars(text.data(), text.data() + text.size(), number);
        return static_cast<Label>(number);
    }
}

/// The labels with these texts. Throws std::invalid_argument for a text that no label has.
template <typename Label>
std::vector<Label> labels_of(std::vector<std::string> texts) {
    check_label_type<Label>();
    if constexpr (std::same_as<Label, std::string>) {
        return texts;
    } else {
        std::vector<Label> labels;
        labels.reserve(texts.size());
        for (const std::string& text : texts) {
            labels.push_back(nearest_label<Label>(text));
            if (label_text<Label>(labels.back()) != text)
                fail("the class name ", in_quotes(text), " is not a label of the requested type, ",
                     label_kind<Label>(),
                     " in its range: load a Classifier<Scalar>, whose labels are the names");
        }
        return labels;
    }
}

}  // namespace twolayer::detail
