// Makes CSV of results in JSON: wherever the list of records stands in the file, each record becomes one row, so
// that line 8 of a message is the 7th record.
//
// A column is named as the member of the record ("Value"; "votes/mail" of an object in it). What stands
// around the records is a column too, with its path from the top: "/TimeStamp", "/races/name". null and
// what a record lacks are empty; lists in a record are passed over.
//
// Bounded: bytes, values, columns and the text that is made have limits. Pure. Called by read_results.cc.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "election/json_tree.h"

namespace teller {

// Where the records stand: the members that lead to them, from the top, as "races", "counties". A list on
// the way is gone through; "*" is each member of an object, whose name is the column "/races/*". What
// is reached and is no object is the column "value". No member: the file itself is the list.
struct JsonForm {
  bool is_used = false;
  std::vector<std::string> records;
};

// Fills an empty tree; nothing when all is well. An object on each line, as JSON Lines have it, is a list of them.
[[nodiscard]] std::optional<JsonTree::Fault> build_json(JsonTree& tree, std::string_view text);

// Errors: reject file.damaged (no JSON, or cut off), file.too_large, import.column_missing (no record
// stands there).
[[nodiscard]] Result<std::string> json_as_csv(std::string_view text, const JsonForm& form);

// Whether a file that begins so is an object or a list of them; a title may begin with a bracket too.
[[nodiscard]] bool looks_like_json(std::string_view front);

inline constexpr std::size_t json_bytes_max = std::size_t{64} << 20;

}  // namespace teller
