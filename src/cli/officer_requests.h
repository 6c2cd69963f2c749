// What a person asks a `teller serve` or a `teller api` with a token of their own (/v1/officer/ of
// schema/http.yaml): hands in a decision, sees what waits for signatures, asks as whom they are known.
//
// Each gives the exit code of its command and says what is wrong.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "cli/command.h"
#include "decide/decision.h"
#include "http/http_client.h"

namespace teller::cli {

// Adds --to and --token-file, which must be given, and --ca, --certificate and --key.
void add_door(CLI::App* command, HttpClientOptions& to);

// What the server answers, where that is no error. Errors: the server's own; those of HttpClient; retry
// http.unreachable (it is too busy); reject http.answer_invalid.
[[nodiscard]] Result<nlohmann::ordered_json> ask_as_person(const HttpClientOptions& to,
                                                           std::string_view method,
                                                           const std::string& path,
                                                           std::string_view body = {});

// 0: it is counted, or waits for more signatures; 1: it was rejected.
int hand_in_decision(const HttpClientOptions& to, const Decision& decision, bool json);
int list_waiting(const HttpClientOptions& to, bool json);
// Keeps the decision `id` that waits in the file `out`.
int fetch_waiting(const HttpClientOptions& to, const std::string& id, const std::string& out);
int show_me(const HttpClientOptions& to, bool json);

}  // namespace teller::cli
