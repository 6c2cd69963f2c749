#include "host/read_routes.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "host/as_of.h"
#include "host/recent_totals.h"
#include "host/totals_route.h"
#include "publish/digest.h"

namespace teller {
namespace {

void answer_failed(const HttpResponder& responder, const Error& error) {
  responder.send(busy_response(error.code, error.detail));
}

void answer_head(const Definition& definition, CountReader& store, const HttpRequest& request,
                 const HttpResponder& responder) {
  const auto snapshot = decided(store.totals_since(after_all_commits), *definition.count, store);
  if (!snapshot) return answer_failed(responder, snapshot.error());
  if (is_known(request, snapshot->head)) return responder.send(not_modified(snapshot->head));
  const Outcomes sum = sum_of(snapshot->partitions);
  auto json = as_of(definition, snapshot->head);
  json["recorded"] = sum.recorded();
  json["counted"] = sum.counted;
  json["duplicate"] = sum.duplicate;
  json["conflict"] = sum.conflict;
  json["rejected"] = sum.rejected;
  responder.send(response_as_of(json, snapshot->head));
}

void answer_digest(const Definition& definition, CountReader& store, const HttpRequest& request,
                   const HttpResponder& responder) {
  const auto snapshot = decided(store.snapshot(), *definition.count, store);
  if (!snapshot) return answer_failed(responder, snapshot.error());
  if (is_known(request, snapshot->head)) return responder.send(not_modified(snapshot->head));
  auto json = as_of(definition, snapshot->head);
  json["digest"] = to_hex(digest_of(definition.rules->hash(), snapshot->totals));
  responder.send(response_as_of(json, snapshot->head));
}

// A text of the last statement: the statement itself, or its checkpoint.
void add_statement_route(HttpRouter& router, const char* path, StatementStore& store,
                         std::string (*text_of)(const StatementRow&)) {
  router.add(
      "GET", path, HttpAccess::sender,
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
      },
      HttpPages::may_read);
}

}  // namespace

void add_read_routes(HttpRouter& router, Definition definition, CountReader& counted,
                     StatementStore& stated, const EarlierTotals* earlier) {
  const auto add = [&](const char* path, auto answer_with) {
    router.add(
        "GET", path, HttpAccess::sender,
        [=, &counted](const HttpRequest& request, const HttpResponder& responder) {
          answer_with(definition, counted, request, responder);
        },
        HttpPages::may_read);
  };
  add("/v1/head", answer_head);
  add("/v1/totals", [recent = std::make_shared<RecentTotals>(*definition.count, counted), earlier](
                        const Definition& of, CountReader& store, const HttpRequest& request,
                        const HttpResponder& responder) {
    answer_totals(of, store, *recent, earlier, request, responder);
  });
  add("/v1/digest", answer_digest);
  add_statement_route(router, "/v1/statements/latest", stated,
                      [](const StatementRow& row) { return std::string(as_text(row.bytes)); });
  add_statement_route(router, "/v1/checkpoint", stated,
                      [](const StatementRow& row) { return row.checkpoint; });
}

}  // namespace teller
