// What officers may decide, when, and with whose signatures: asks the table of schema/decisions.toml.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "election/count_file.h"
#include "election/entry.h"
#include "election/officers.h"

namespace teller {

// "open"; the word that `teller decide` takes.
[[nodiscard]] std::string_view to_text(Control::Action action);
[[nodiscard]] std::optional<Control::Action> action_named(std::string_view text);

[[nodiscard]] bool may(OfficerRole role, Control::Action action);
[[nodiscard]] bool allowed_at(Stage stage, Control::Action action);
// Where a count stands after a decision that was allowed at `stage`.
[[nodiscard]] Stage stage_after(Stage stage, Control::Action action);

// Why `control` is not a decision of this count's officers; nothing when it is one. It does not
// depend on what was counted: intake, count and verify ask it, each for itself.
//
// Signatures are checked last, for they cost the most (about 60 us each).
[[nodiscard]] std::optional<Reason> not_decided(const EntryId& id, const Control& control,
                                                const CountFile& count);

}  // namespace teller
