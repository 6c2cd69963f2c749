// What stands behind the HTTP server: the routes with whatever body and headers a client sends, and
// the answers as our own client reads them. (How a request is read from a socket: request.cc.)
//
//   input = u8 choices, text8 Teller-Batch, body
#include <nlohmann/json.hpp>

#include "fuzz/target.h"
#include "gateway/entries_endpoint.h"
#include "journal/journal_memory.h"
#include "journal/record.h"
#include "outcomes/outcomes_endpoint.h"

namespace teller {

// Stands in for the server's: keeps what was answered. The server itself is not linked here.
class HttpResponder::Exchange {
 public:
  std::vector<HttpResponse> answers;
};

void HttpResponder::send(HttpResponse response) const {
  exchange_->answers.push_back(std::move(response));
}

}  // namespace teller

using namespace teller;

namespace {

constexpr std::string_view types[] = {"application/json", "application/x-ndjson",
                                      "application/vnd.teller.batch", "text/plain"};

// A journal that may be full, or not know.
class MoodyJournal final : public Journal {
 public:
  explicit MoodyJournal(std::uint8_t mood) : mood_(mood) {}
  void append(std::uint16_t partition, Bytes record, Done done) override {
    if (mood_ == 1) return done(fail(Remedy::retry, "journal.full", "full"));
    if (mood_ == 2) return done(fail(Remedy::abort, "journal.unknown", "who knows"));
    if (mood_ == 3) return done(fail(Remedy::stop, "journal.io", "gone"));
    entries += entries_in(record);
    check(RecordReader::open(record, fuzz::definition().count->id, partition).has_value(),
          "what is recorded can be read");
    memory_.append(partition, std::move(record), std::move(done));
  }
  [[nodiscard]] Result<std::vector<JournalRecord>> read(std::uint16_t partition, Position from,
                                                        std::size_t bytes_max) override {
    return memory_.read(partition, from, bytes_max);
  }
  [[nodiscard]] Result<Position> end(std::uint16_t partition) override {
    return memory_.end(partition);
  }
  std::uint64_t entries = 0;

 private:
  std::uint8_t mood_;
  MemoryJournal memory_{2};
};

}  // namespace

FUZZ_TARGET(http) {
  if (const auto read = parse_entries_answer(as_text(input)); read) {
    // What we understood we can say, and understand again.
    const auto again = parse_entries_answer(to_json(*read));
    check(again && again->recorded == read->recorded && again->unknown == read->unknown &&
              again->not_recorded == read->not_recorded &&
              again->refused.size() == read->refused.size() &&
              again->refused_total == read->refused_total,
          "an answer can be written and read");
  } else {
    check(fuzz::is_known(read.error().code), "an error has a known code");
  }

  // Of the other pair: who asks what became of records, and what he is answered.
  if (const auto asked = parse_outcomes_question(as_text(input)); asked) {
    check(parse_outcomes_question(outcomes_question(*asked)) == *asked,
          "a question can be written and read");
  }
  if (const auto told = parse_outcomes_answer(as_text(input)); told) {
    const auto again = parse_outcomes_answer(to_json(*told));
    check(again && to_json(*again) == to_json(*told),
          "an answer of outcomes can be written and read");
  }

  ByteReader in(input);
  const std::uint8_t choices = in.u8();
  HttpRequest request;
  request.method = "POST";
  request.path = "/v1/entries";
  request.sender = "scanner-3";
  request.headers = {{"content-type", std::string(types[choices & 3])},
                     {"teller-batch", std::string(in.text8())}};
  if ((choices & 0xF0) == 0xF0) request.headers.emplace_back("content-encoding", "gzip");
  request.body = as_text(in.take(in.left()));
  Bytes body(request.body.begin(), request.body.end());
  if ((choices & 3) == 2) {  // No fuzzer guesses a checksum.
    ByteWriter(body).u32(crc32c(as_bytes(request.body)));
    request.body = as_text(body);
  }

  MoodyJournal journal((choices >> 2) & 3);
  Recorder recorder(*fuzz::definition().count, journal);
  static Metrics metrics;
  HttpRouter router;
  add_entries_route(router, fuzz::definition(), recorder, metrics);
  const auto exchange = std::make_shared<HttpResponder::Exchange>();
  router.routes().front().handler(std::move(request), HttpResponder(exchange));

  check(exchange->answers.size() == 1, "a request is answered once");
  const HttpResponse& response = exchange->answers.front();
  const auto json = nlohmann::json::parse(response.body, nullptr, false);
  check(!json.is_discarded(), "an answer is JSON");
  const auto answer = parse_entries_answer(response.body);
  check(answer.has_value(), "an answer is one of this API");
  const bool documented = response.status == 200 || response.status == 400 ||
                          response.status == 415 || response.status == 500 ||
                          response.status == 503 || response.status == 504;
  check(documented, "its status stands in schema/http.yaml");
  check(answer->recorded == journal.entries, "what is called recorded is in the journal");
  check(response.status != 200 || (answer->unknown == 0 && answer->not_recorded == 0),
        "200 says that every outcome is known");
  check(answer->error_code.empty() || fuzz::is_known(answer->error_code), "an error has a code");
  for (const RefusedEntry& refused : answer->refused) {
    check(fuzz::is_known(refused.code) && !refused.detail.empty(),
          "a refusal has a code and a sentence");
  }
}
