// POST /v1/entries: from the bytes of a request to an answer that says of every entry what became
// of it (schema/http.yaml).
//
//   200  the outcome of every entry is known; what was refused will be refused again
//   429  the sender sends too fast; send the same again (Retry-After says when)
//   503  some entries were not recorded; send the same again (Retry-After says when)
//   504  some entries may have been recorded or not; send the same again: a second copy is a duplicate
//   500  the journal has failed; this process is about to end
//   400, 415, 413, 401, 403, 429  nothing of the body was recorded
//
// A body whose frame cannot be read (not JSON, a packed batch that was damaged) is refused as a
// whole, 400, and nothing of it is recorded.
//
// Hosts put it into their router; `teller load --home` calls take_entries() without a server.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "gateway/body_workers.h"
#include "gateway/recorder.h"
#include "gateway/sender_limits.h"
#include "http/http_server.h"
#include "http/metrics.h"
#include "intake/accept.h"

namespace teller {

struct RefusedEntry {
  std::uint64_t index = 0;  // In the body, from 0.
  std::uint64_t line = 0;   // From 1; 0 where there are no lines.
  std::string code, detail;
};

struct EntriesAnswer {
  std::uint64_t recorded = 0;
  std::uint64_t unknown = 0;
  std::uint64_t not_recorded = 0;
  std::uint64_t refused_total = 0;
  std::vector<RefusedEntry> refused;  // The first refused_listed_max of them.
  // Of the request as a whole (then nothing of it was recorded), or of the journal: why not all of
  // it was recorded, or is not known to be.
  std::string error_code, error_detail;
  std::uint64_t error_line = 0;
  // Above 0: nothing of it was recorded, and the same is taken after this many seconds.
  std::uint64_t retry_after_s = 0;
  // Where what was recorded stands (Recorded::records): /v1/outcomes tells what became of it.
  std::vector<RecordPlace> records;

  static constexpr std::size_t refused_listed_max = 1000;
  [[nodiscard]] unsigned status() const;
};

[[nodiscard]] std::string to_json(const EntriesAnswer& answer);
// Also of other errors of the server ({"error":…} alone). Errors: reject http.answer_invalid.
[[nodiscard]] Result<EntriesAnswer> parse_entries_answer(std::string_view json);

// "application/json", "application/x-ndjson" and "application/vnd.teller.batch", with or without
// parameters.
[[nodiscard]] std::optional<BodyFormat> body_format(std::string_view content_type);
[[nodiscard]] std::string_view content_type(BodyFormat format);

// Accepts `body` and records what was accepted. `done` is called exactly once, from any thread,
// possibly before this returns; `metrics` may be null, and so may `limits`, for a sender who has the home.
void take_entries(const Definition& definition, Recorder& recorder, Metrics* metrics,
                  SenderLimits* limits, BodyFormat format, ByteView body, std::string sender,
                  std::string batch, std::function<void(EntriesAnswer)> done);

// All that is passed must outlive the server. Without workers bodies are read on its own threads;
// without limits every sender may send everything.
void add_entries_route(HttpRouter& router, const Definition& definition, Recorder& recorder,
                       Metrics& metrics, BodyWorkers* workers = nullptr,
                       SenderLimits* limits = nullptr);
void add_metrics_route(HttpRouter& router, const Metrics& metrics);
// Shows in `metrics` what is open and in work in the server that `load` asks. To be called before the first answer.
void watch_load(Metrics& metrics, const std::function<HttpServer::Load()>& load);
// Counts what the server answers, by route. To be called once the router has all its routes.
void count_requests(HttpServerOptions& options, const HttpRouter& router, Metrics& metrics);

// GET /v1/health: {"state":"ready",…}, 200 when ready and 503 otherwise.
struct Health {
  std::string_view state = "starting";  // "starting", "ready" or "stopping".
  std::string count, mode, label;       // Which count this is: its id, its mode, what is shown.
};
void add_health_route(HttpRouter& router, std::function<Health()> health);

}  // namespace teller
