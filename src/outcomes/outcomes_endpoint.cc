#include "outcomes/outcomes_endpoint.h"

#include <limits>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace teller {
namespace {

using Json = nlohmann::ordered_json;
// Of what strangers send: the other one looks for each name among all before it.
using QuestionJson = nlohmann::json;

// A list of the most records that may be asked of fits in twice.
constexpr std::size_t question_bytes_max = outcomes_asked_max * 256;

Json list_of(std::span<const RecordPlace> records) {
  Json list = Json::array();
  for (const RecordPlace& record : records) {
    list.push_back({{"partition", record.partition},
                    {"position", record.position},
                    {"entries", record.entries}});
  }
  return list;
}

template <typename AnyJson, typename Number>
bool read_number(const AnyJson& json, const char* name, Number& number) {
  const auto member = json.find(name);
  if (member == json.end() || !member->is_number_unsigned()) return false;
  const auto value = member->template get<std::uint64_t>();
  if (value > std::numeric_limits<Number>::max()) return false;
  number = static_cast<Number>(value);
  return true;
}

template <typename AnyJson>
bool read_list(const AnyJson& json, std::vector<RecordPlace>& records) {
  if (!json.is_array()) return false;
  for (const AnyJson& one : json) {
    RecordPlace& record = records.emplace_back();
    if (!one.is_object() || !read_number(one, "partition", record.partition) ||
        !read_number(one, "position", record.position)) {
      return false;
    }
    if (one.contains("entries") && !read_number(one, "entries", record.entries)) return false;
  }
  return true;
}

HttpResponse answer_of(const Result<OutcomesAnswer>& answer) {
  if (!answer) {
    const Error& error = answer.error();
    return error.code == Code("outcomes.not_yours") ? error_response(403, error.code, error.detail)
                                                    : busy_response(error.code, error.detail);
  }
  HttpResponse response;
  response.body = to_json(*answer);
  response.headers = {{"Cache-Control", "no-store"}};
  return response;
}

}  // namespace

std::string outcomes_question(std::span<const RecordPlace> records) {
  return list_of(records).dump();
}

Result<std::vector<RecordPlace>> parse_outcomes_question(std::string_view text) {
  std::vector<RecordPlace> records;
  const QuestionJson json = QuestionJson::parse(text, nullptr, false);
  if (json.is_discarded() || !read_list(json, records) || records.size() > outcomes_asked_max) {
    return fail(Remedy::reject, "outcomes.invalid",
                fmt::format("a body is a JSON list of at most {} records, as POST /v1/entries "
                            "answers them: [{{\"partition\": 0, \"position\": 12}}]",
                            outcomes_asked_max));
  }
  return records;
}

std::string to_json(const OutcomesAnswer& answer) {
  Json json{{"counted_or_copy", answer.counted}, {"conflict", answer.conflict},
            {"rejected", answer.rejected},       {"waiting", answer.waiting},
            {"halted", answer.halted},           {"incidents", Json::array()}};
  for (const OutcomesAnswer::Told& told : answer.incidents) {
    json["incidents"].push_back(Json::parse(told.json));
  }
  json["ask_again"] = list_of(answer.ask_again);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<OutcomesAnswer> parse_outcomes_answer(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  OutcomesAnswer answer;
  bool good = json.is_object() && read_number(json, "counted_or_copy", answer.counted) &&
              read_number(json, "conflict", answer.conflict) &&
              read_number(json, "rejected", answer.rejected) &&
              read_number(json, "waiting", answer.waiting) &&
              read_number(json, "halted", answer.halted) && json.contains("incidents") &&
              json["incidents"].is_array() && json.contains("ask_again") &&
              read_list(json["ask_again"], answer.ask_again);
  if (good) {
    for (const Json& one : json["incidents"]) {
      const auto text_of = [&](const char* name) {
        return one.is_object() && one.contains(name) && one[name].is_string()
                   ? one[name].get<std::string>()
                   : std::string();
      };
      const std::string outcome = text_of("outcome");
      good =
          good && (outcome == to_text(Outcome::conflict) || outcome == to_text(Outcome::rejected));
      answer.incidents.push_back(
          {outcome == to_text(Outcome::conflict) ? Outcome::conflict : Outcome::rejected,
           outcome + ": " + text_of("words"),
           one.dump(-1, ' ', false, Json::error_handler_t::replace)});
    }
  }
  if (!good) {
    return fail(Remedy::reject, "http.answer_invalid",
                "the answer is not one of POST /v1/outcomes of this API");
  }
  return answer;
}

void add_outcomes_route(HttpRouter& router, OutcomeReader& reader, RunElsewhere elsewhere) {
  router.add(
      "POST", "/v1/outcomes", HttpAccess::known,
      [&reader, elsewhere = std::move(elsewhere)](const HttpRequest& request,
                                                  const HttpResponder& responder) {
        if (request.body.size() > question_bytes_max) {
          return responder.send(error_response(
              413, "http.too_large",
              fmt::format("a body is at most {} bytes: ask of fewer records", question_bytes_max)));
        }
        auto records = parse_outcomes_question(request.body);
        if (!records) {
          return responder.send(error_response(400, records.error().code, records.error().detail));
        }
        elsewhere(request.sender,
                  [&reader, responder, sender = request.sender, asked = std::move(*records)] {
                    responder.send(answer_of(reader.ask(asked, sender)));
                  });
      });
}

}  // namespace teller
