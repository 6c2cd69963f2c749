#include "search/search_route.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "http/query.h"

namespace teller {
namespace {

nlohmann::ordered_json hit_json(const NameIndex& index, std::uint32_t number) {
  const Named& named = index.named(number);
  nlohmann::ordered_json hit;
  hit["kind"] = to_text(named.kind);
  hit["id"] = named.id;
  hit["name"] = named.name;
  if (!named.contest.empty()) hit["contest"] = named.contest;
  hit["within"] = index.within(number);
  if (named.kind == NamedKind::place) {
    hit["place_kind"] = named.what;
    hit["reports"] = named.reports;
  }
  return hit;
}

}  // namespace

const NameIndex& NameSearch::index() {
  std::call_once(made_, [this] {
    index_ = std::make_unique<const NameIndex>(names_of(*rules_, *presentation_));
  });
  return *index_;
}

HttpResponse NameSearch::answer(const HttpRequest& request) {
  const auto query = parse_query(request.query, {"q"});
  if (!query) return error_response(400, query.error().code, query.error().detail);
  const auto found = index().find(value_of(*query, "q"));
  if (!found) return error_response(400, found.error().code, found.error().detail);
  nlohmann::ordered_json json;
  json["count"] = count_->id.hex();
  json["mode"] = to_text(count_->mode);
  json["label"] = count_->label;
  json["nearly"] = found->nearly;
  for (std::size_t kind = 0; kind < named_kinds; ++kind) {
    json["found"][to_text(static_cast<NamedKind>(kind))] = found->of_kind.at(kind);
  }
  json["hits"] = nlohmann::ordered_json::array();
  for (const std::uint32_t number : found->best) json["hits"].push_back(hit_json(index(), number));
  HttpResponse response;
  response.body = json.dump() + "\n";
  response.headers = {{"Cache-Control", "no-cache"}};
  response.may_be_compressed = true;
  return response;
}

void add_search_route(
    HttpRouter& router, NameSearch& search,
    std::function<void(const std::string& sender, std::function<void()> work)> elsewhere) {
  router.add(
      "GET", "/v1/search", HttpAccess::sender,
      [&search, elsewhere = std::move(elsewhere)](HttpRequest request,
                                                  const HttpResponder& responder) {
        const std::string sender = request.sender;
        elsewhere(sender, [&search, responder, request = std::move(request)] {
          responder.send(search.answer(request));
        });
      },
      HttpPages::may_read);
}

}  // namespace teller
