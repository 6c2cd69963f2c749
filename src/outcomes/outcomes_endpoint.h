// POST /v1/outcomes: what became of records that the asker has sent (schema/http.yaml), and both
// sides of its JSON.
//
//   200  the answer says what became of each record, or names it among those to be asked about again
//   400  the body is no list of records
//   403  one of them is not the asker's; nothing is told of any
//   503  store or journal cannot be read now
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "http/http_server.h"
#include "outcomes/outcome_reader.h"

namespace teller {

constexpr std::size_t outcomes_asked_max = 1000;  // Records in one request.

[[nodiscard]] std::string outcomes_question(std::span<const RecordPlace> records);
// Errors: reject outcomes.invalid.
[[nodiscard]] Result<std::vector<RecordPlace>> parse_outcomes_question(std::string_view json);
[[nodiscard]] std::string to_json(const OutcomesAnswer& answer);
// Errors: reject http.answer_invalid.
[[nodiscard]] Result<OutcomesAnswer> parse_outcomes_answer(std::string_view json);

// Runs work of a sender elsewhere than on the server's own threads: it reads disks.
using RunElsewhere = std::function<void(const std::string& sender, std::function<void()> work)>;
// `reader` outlives the server.
void add_outcomes_route(HttpRouter& router, OutcomeReader& reader, RunElsewhere elsewhere);

}  // namespace teller
