#include "host/read_routes.h"

#include <cstdint>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/time.h"
#include "publish/digest.h"
#include "publish/figure_json.h"
#include "publish/figures.h"
#include "publish/status.h"

namespace teller {
namespace {

// What every answer begins with.
nlohmann::ordered_json as_of(const Definition& definition, const Head& head) {
  const CountFile& count = *definition.count;
  nlohmann::ordered_json json;
  json["count"] = count.id.hex();
  json["mode"] = to_text(count.mode);
  json["label"] = count.label;
  json["status"] = head.status;
  json["commit"] = head.commit;
  if (head.commit > 0) json["as_of"] = format_utc(head.committed_at_us);
  return json;
}

void answer(const HttpResponder& responder, const nlohmann::ordered_json& json,
            std::uint64_t commit) {
  HttpResponse response;
  response.body = json.dump() + "\n";
  response.headers = {{"ETag", fmt::format("\"{}\"", commit)}, {"Cache-Control", "no-cache"}};
  responder.send(std::move(response));
}

void answer_failed(const HttpResponder& responder, const Error& error) {
  responder.send(busy_response(error.code, error.detail));
}

// The snapshot, if somebody decided its status: what is shown goes through here.
Result<Snapshot> decided(Result<Snapshot> snapshot, const CountFile& count, CountStore& store) {
  if (!snapshot) return snapshot;
  if (auto good = check_status(snapshot->head, count, store); !good) {
    return std::unexpected(good.error());
  }
  return snapshot;
}

void answer_head(const Definition& definition, Store& store, const HttpResponder& responder) {
  const auto snapshot =
      decided(store.totals_since(~std::uint64_t{0} >> 1), *definition.count, store);
  if (!snapshot) return answer_failed(responder, snapshot.error());
  Outcomes sum;
  for (const PartitionRow& row : snapshot->partitions) sum += row.outcomes;
  auto json = as_of(definition, snapshot->head);
  json["recorded"] = sum.recorded();
  json["counted"] = sum.counted;
  json["duplicate"] = sum.duplicate;
  json["conflict"] = sum.conflict;
  json["rejected"] = sum.rejected;
  answer(responder, json, snapshot->head.commit);
}

void answer_totals(const Definition& definition, Store& store, const HttpResponder& responder) {
  const auto snapshot = decided(store.snapshot(), *definition.count, store);
  if (!snapshot) return answer_failed(responder, snapshot.error());
  auto json = as_of(definition, snapshot->head);
  json["contests"] = nlohmann::ordered_json::array();
  const auto rows = rows_by_contest(*definition.rules, snapshot->totals);
  for (std::uint32_t c = 0; c < rows.size(); ++c) {
    const ContestFigures figures(*definition.rules, {c}, rows[c]);
    json["contests"].push_back(contest_json(*definition.rules, {c}, figures, FiguresBy::option));
  }
  answer(responder, json, snapshot->head.commit);
}

void answer_digest(const Definition& definition, Store& store, const HttpResponder& responder) {
  const auto snapshot = decided(store.snapshot(), *definition.count, store);
  if (!snapshot) return answer_failed(responder, snapshot.error());
  auto json = as_of(definition, snapshot->head);
  json["digest"] = to_hex(digest_of(definition.rules->hash(), snapshot->totals));
  answer(responder, json, snapshot->head.commit);
}

// A text of the last statement: the statement itself, or its checkpoint.
void add_statement_route(HttpRouter& router, const char* path, StatementStore& store,
                         std::string (*text_of)(const StatementRow&)) {
  router.add("GET", path, HttpAccess::sender,
             [&store, text_of](const HttpRequest&, const HttpResponder& responder) {
               const auto last = store.last_statement();
               if (!last) return answer_failed(responder, last.error());
               if (!*last) {
                 responder.send(error_response(404, "statement.none", "no statement was made yet"));
                 return;
               }
               HttpResponse response;
               response.content_type = "text/plain; charset=utf-8";
               response.body = text_of(**last);
               responder.send(std::move(response));
             });
}

}  // namespace

void add_read_routes(HttpRouter& router, Definition definition, Store& store) {
  const auto add = [&](const char* path, auto answer_with) {
    router.add("GET", path, HttpAccess::sender,
               [=, &store](const HttpRequest&, const HttpResponder& responder) {
                 answer_with(definition, store, responder);
               });
  };
  add("/v1/head", answer_head);
  add("/v1/totals", answer_totals);
  add("/v1/digest", answer_digest);
  add_statement_route(router, "/v1/statements/latest", store,
                      [](const StatementRow& row) { return std::string(as_text(row.bytes)); });
  add_statement_route(router, "/v1/checkpoint", store,
                      [](const StatementRow& row) { return row.checkpoint; });
}

}  // namespace teller
