#include "host/officer_routes.h"

#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "decide/told_decisions.h"
#include "election/decisions.h"
#include "host/failed_answer.h"
#include "operate/audit.h"
#include "publish/audit_line.h"
#include "publish/status.h"

namespace teller {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view approvals_begin = "/v1/officer/approvals/";
constexpr std::chrono::seconds hand_in_turn_at_most{10};
constexpr std::uint64_t audit_lines_max = 1000;
constexpr std::int64_t refusal_every_us = 60'000'000;

HttpResponse json_of(const Json& json, unsigned status = 200) {
  HttpResponse response;
  response.status = status;
  response.body = json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  return response;
}

HttpResponse failed_with(const Error& error) {
  if (error.code == Code("officer.tokens_invalid")) {
    return error_response(500, error.code, error.detail);  // No fault of whoever asks.
  }
  return failed_answer(error);
}

// The number of "after=12"; 0 without a query, nothing if it is something else.
std::optional<std::uint64_t> after_of(std::string_view query) {
  if (query.empty()) return 0;
  constexpr std::string_view name = "after=";
  if (!query.starts_with(name)) return std::nullopt;
  query.remove_prefix(name.size());
  std::uint64_t number = 0;
  const auto [end, wrong] = std::from_chars(query.data(), query.data() + query.size(), number);
  if (wrong != std::errc() || end != query.data() + query.size()) return std::nullopt;
  if (number > std::uint64_t{1} << 53) return std::nullopt;
  return number;
}

HttpResponse not_a_question() {
  return error_response(400, "officer.question_invalid", "a query is after=NUMBER, or none");
}

HttpResponse not_known(std::string_view why, Code code = "officer.not_known") {
  auto response = error_response(401, code, why);
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

Json approval_json(const Approval& one, std::uint8_t approvals) {
  return {{"approval", one.id},
          {"action", to_text(one.action)},
          {"reason", one.reason},
          {"entries", one.entries},
          {"officers", one.officers},
          {"approvals", approvals},
          {"sent_by", one.by},
          {"came", format_utc(one.came_us)},
          {"expires", format_utc(one.expires_us)}};
}

// As much of it as a line of the audit log has room for.
std::string clipped(std::string text) {
  if (text.size() <= audit_reason_bytes_max) return text;
  return std::string(cut_at_character(text, audit_reason_bytes_max - 3)) + "...";
}

std::string shown_hash(const Hash& hash) { return hash == Hash{} ? "" : to_hex(hash); }

}  // namespace

std::expected<std::string, HttpResponse> OfficerRoutes::person_of(std::string_view authorization) {
  if (ascii_lower(authorization.substr(0, 7)) != "bearer ") {
    return std::unexpected(not_known("a person's token is needed"));
  }
  const std::string_view token = authorization.substr(7);
  // Ours are hexadecimal digits.
  if (parts_.provider != nullptr && token.contains('.')) return person_by_provider(token);
  const auto found = persons_.find(token);
  if (!found) return std::unexpected(failed_with(found.error()));
  if (!*found) return std::unexpected(not_known("this token is no person's here"));
  const PersonToken& person = **found;
  if (person.good_at(parts_.clock->now_us())) return person.id;
  const std::string why =
      fmt::format("the token {} of {} {} {}", person.id, person.name,
                  person.revoked_us ? "was revoked at" : "has expired at",
                  format_utc(person.revoked_us ? *person.revoked_us : person.expires_us));
  note_bad_token(person.id, person.name, why);
  return std::unexpected(not_known(why));
}

std::expected<std::string, HttpResponse> OfficerRoutes::person_by_provider(std::string_view token) {
  const std::int64_t now_us = parts_.clock->now_us();
  auto person = person_of_token(token, *parts_.provider_keys->keys(), *parts_.provider, now_us);
  if (!person) return std::unexpected(refused_by_provider(person.error()));
  std::string id = to_hex(sha256(as_bytes(token))).substr(0, 16);
  // One after the other, so that no two tokens of one person pass beside each other.
  const std::scoped_lock lock(by_provider_mutex_);
  std::erase_if(by_provider_,
                [&](const auto& one) { return one.second.expires_us + token_leeway_us <= now_us; });
  if (auto held = check_held(*person, now_us); !held) {
    if (held.error().code != Code("officer.separated")) {
      return std::unexpected(failed_with(held.error()));
    }
    return std::unexpected(refused_by_provider({held.error(), person->name}));
  }
  by_provider_[id] = std::move(*person);
  return id;
}

Result<void> OfficerRoutes::check_held(const TokenPerson& person, std::int64_t now_us) {
  for (const OfficerRole role : person.roles) {
    for (const std::string& name : person.called) {
      if (auto may = persons_.may_hold(parts_.home->count, name, role, now_us); !may) return may;
    }
  }
  // Nor by a token that was shown before and is still good.
  for (const auto& [id, other] : by_provider_) {
    if (other.called.front() != person.called.front()) continue;
    for (const OfficerRole held : other.roles) {
      for (const OfficerRole role : person.roles) {
        const auto because = separated(role, held);
        if (!because) continue;
        return fail(Remedy::reject, "officer.separated",
                    fmt::format("{} is {} by a token that is good until {}, and may not be {} "
                                "too: {}",
                                person.name, to_text(held), format_utc(other.expires_us),
                                to_text(role), *because));
      }
    }
  }
  return {};
}

HttpResponse OfficerRoutes::refused_by_provider(const RefusedToken& refused) {
  Error error = refused.error;
  const bool is_known =
      error.code == Code("officer.no_role") || error.code == Code("officer.separated");
  if (!is_known) error = during("this token is not taken", std::move(error));
  if (error.code == Code("officer.token_key_unknown")) return unknown_key(error);
  note_bad_token("by provider " + refused.name, refused.name.empty() ? "somebody" : refused.name,
                 error.detail);
  return is_known ? error_response(403, error.code, error.detail)
                  : not_known(error.detail, error.code);
}

HttpResponse OfficerRoutes::unknown_key(const Error& error) {
  const auto looked = parts_.provider_keys->look_again();
  if (looked.on_its_way) {
    return busy_response("persons.keys", error.detail + "; they are being fetched");
  }
  if (!looked.trouble.empty()) {
    return busy_response(
        "persons.keys",
        fmt::format("{}; the last try to fetch them: {}", error.detail, looked.trouble),
        static_cast<unsigned>(parts_.provider->keys_again_s));
  }
  note_bad_token("by provider ", "somebody", error.detail);
  return not_known(fmt::format("{}; they are fetched again for an unknown one after {} s",
                               error.detail, parts_.provider->keys_again_s),
                   error.code);
}

bool OfficerRoutes::noted_lately(const std::string& kind) {
  const std::scoped_lock lock(noted_mutex_);
  const std::int64_t now_us = parts_.clock->now_us();
  std::erase_if(refusal_noted_us_,
                [&](const auto& one) { return now_us - one.second >= refusal_every_us; });
  return !refusal_noted_us_.emplace(kind, now_us).second;
}

void OfficerRoutes::note_bad_token(const std::string& whose, const std::string& actor,
                                   const std::string& why) {
  if (noted_lately(whose)) return;
  // Not on the server's thread: it waits for the disk.
  parts_.elsewhere(whose,
                   [this, actor, why] { static_cast<void>(note(actor, "refused", "token", why)); });
}

Result<std::optional<OfficerRoutes::Person>> OfficerRoutes::person_with(
    const std::string& token_id) {
  const std::int64_t now_us = parts_.clock->now_us();
  {
    const std::scoped_lock lock(by_provider_mutex_);
    const auto found = by_provider_.find(token_id);
    if (found != by_provider_.end()) {
      const TokenPerson& person = found->second;
      return Person{token_id, person.name, person.roles, person.expires_us};
    }
  }
  auto person = persons_.with_id(token_id);
  if (!person) return std::unexpected(person.error());
  if (!*person || !(*person)->good_at(now_us)) return std::nullopt;
  return Person{(*person)->id, (*person)->name, {(*person)->role}, (*person)->expires_us};
}

Result<OfficerRoutes::Asker> OfficerRoutes::asker_of(const std::string& token_id) {
  const auto person = person_with(token_id);
  if (!person) return std::unexpected(person.error());
  if (!*person) {
    return fail(Remedy::reject, "officer.not_known", "this token was good until a moment ago");
  }
  const auto head = parts_.store->head();
  if (!head) return std::unexpected(head.error());
  const auto reached = stage_reached(parts_.home->count, *parts_.store, head->commit);
  if (!reached) return std::unexpected(reached.error());
  if (!reached->believed) return fail(Remedy::stop, "status.undecided", reached->wrong);
  return Asker{**person, reached->all, reached->same_everywhere()};
}

Result<void> OfficerRoutes::note(const std::string& actor, const char* action,
                                 std::string_view subject, const std::string& reason,
                                 const Hash& after) {
  const auto line = write_audit(parts_.home->count, *parts_.store, *parts_.clock,
                                {.actor = actor,
                                 .action = action,
                                 .subject = std::string(subject),
                                 .reason = clipped(reason),
                                 .before = {},
                                 .after = after});
  if (!line) return std::unexpected(line.error());
  return {};
}

std::optional<HttpResponse> OfficerRoutes::refused(const Asker& asker, const Operation& operation) {
  const auto why = not_allowed(asker.person.name, asker.person.roles, asker.stage, operation);
  if (!why) return std::nullopt;
  return refusal(asker, operation.name, {Remedy::reject, "officer.not_allowed", *why});
}

HttpResponse OfficerRoutes::refusal(const Asker& asker, std::string_view subject,
                                    const Error& why) {
  if (!noted_lately(fmt::format("{}\n{}\n{}", asker.person.name, subject, why.detail))) {
    auto noted = note(asker.person.name, "refused", subject, why.detail);
    if (!noted) return failed_with(noted.error());
  }
  return error_response(403, why.code, why.detail);
}

void OfficerRoutes::on(HttpRouter& router, const char* method, const char* path,
                       const Operation* operation, Answer answer) {
  router.add(
      method, path, HttpAccess::person,
      [this, operation, answer = std::move(answer)](HttpRequest request,
                                                    const HttpResponder& responder) {
        const std::string who = request.sender;
        parts_.elsewhere(who, [this, operation, answer, responder, asked = std::move(request)] {
          const auto asker = asker_of(asked.sender);
          if (!asker) {
            const Error& error = asker.error();
            return responder.send(error.code == Code("officer.not_known") ? not_known(error.detail)
                                                                          : failed_with(error));
          }
          if (operation != nullptr) {
            if (auto no = refused(*asker, *operation)) return responder.send(*no);
          }
          responder.send(answer(asked, *asker));
        });
      });
}

void OfficerRoutes::add(HttpRouter& router) {
  on(router, "GET", "/v1/officer/me", &operation_named("me"),
     [this](const HttpRequest&, const Asker& asker) { return me(asker); });
  on(router, "GET", "/v1/officer/decisions", &operation_named("list decisions"),
     [this](const HttpRequest& request, const Asker& asker) { return decisions(request, asker); });
  on(router, "POST", "/v1/officer/decisions", nullptr,
     [this](const HttpRequest& request, const Asker& asker) { return take(request, asker); });
  on(router, "GET", "/v1/officer/approvals", &operation_named("list approvals"),
     [this](const HttpRequest& request, const Asker&) { return waiting(request); });
  on(router, "GET", "/v1/officer/approvals/{path}", &operation_named("read approval"),
     [this](const HttpRequest& request, const Asker&) { return approval(request); });
  on(router, "GET", "/v1/officer/audit", &operation_named("read audit log"),
     [this](const HttpRequest& request, const Asker&) { return audit(request); });
}

HttpResponse OfficerRoutes::me(const Asker& asker) const {
  Json may = Json::array(), held = Json::array();
  for (const OfficerRole role : asker.person.roles) held.push_back(to_text(role));
  for (const Operation& operation : operations()) {
    if (may_any(asker.person.roles, operation) && may_at(asker.stage, operation)) {
      may.push_back(operation.name);
    }
  }
  return json_of({{"count", parts_.home->count.id.hex()},
                  {"name", asker.person.name},
                  {"role", held.front()},
                  {"roles", held},
                  {"token", asker.person.token},
                  {"expires", format_utc(asker.person.expires_us)},
                  {"stage", to_text(asker.stage)},
                  {"same_everywhere", asker.same_everywhere},
                  {"may", std::move(may)}});
}

HttpResponse OfficerRoutes::decisions(const HttpRequest& request, const Asker& asker) {
  const auto after = after_of(request.query);
  if (!after) return not_a_question();
  const auto rows = told_decisions(parts_.home->count, *parts_.store, *after);
  if (!rows) return failed_with(rows.error());
  Json list = Json::array();
  for (const ToldDecision& row : *rows) {
    list.push_back({{"commit", row.commit},
                    {"action", row.action},
                    {"about", row.about},
                    {"officers", row.officers},
                    {"reason", row.reason}});
  }
  return json_of({{"stage", to_text(asker.stage)},
                  {"same_everywhere", asker.same_everywhere},
                  {"decisions", std::move(list)}});
}

Result<void> OfficerRoutes::end_expired() {
  const auto expired = approvals_.take_expired();
  if (!expired) return std::unexpected(expired.error());
  for (const Approval& one : *expired) {
    auto noted = note("teller", "approval-expired", "decide " + std::string(to_text(one.action)),
                      fmt::format("{} waited until {} for more signatures; sent by {}", one.id,
                                  format_utc(one.expires_us), one.by));
    if (!noted) return noted;
  }
  return {};
}

HttpResponse OfficerRoutes::waiting(const HttpRequest& request) {
  if (!request.query.empty()) {
    return error_response(400, "officer.question_invalid", "there is no query here");
  }
  if (auto ended = end_expired(); !ended) return failed_with(ended.error());
  Json list = Json::array();
  const auto waits = approvals_.list();
  if (!waits) return failed_with(waits.error());
  for (const Approval& one : *waits) {
    list.push_back(approval_json(one, parts_.home->count.approvals));
  }
  return json_of({{"approvals", std::move(list)}});
}

HttpResponse OfficerRoutes::approval(const HttpRequest& request) {
  if (auto ended = end_expired(); !ended) return failed_with(ended.error());
  const auto text = approvals_.text(std::string_view(request.path).substr(approvals_begin.size()));
  if (!text) return failed_with(text.error());
  if (!*text) {
    return error_response(404, "http.no_such_path", "no such decision waits for signatures");
  }
  HttpResponse response;
  response.body = **text;
  return response;
}

HttpResponse OfficerRoutes::audit(const HttpRequest& request) {
  const auto after = after_of(request.query);
  if (!after) return not_a_question();
  const std::uint64_t first = request.query.empty() ? 0 : *after + 1;
  const auto rows = parts_.store->audit(first, audit_lines_max);
  if (!rows) return failed_with(rows.error());
  Json list = Json::array();
  for (const AuditRow& row : *rows) {
    const auto line = parse_audit_line(as_text(row.bytes));
    if (!line) return failed_with(line.error());
    list.push_back({{"number", line->number},
                    {"time", format_utc(line->time_us)},
                    {"actor", line->actor},
                    {"action", line->action},
                    {"subject", line->subject},
                    {"reason", line->reason},
                    {"before", shown_hash(line->before)},
                    {"after", shown_hash(line->after)},
                    {"approver", line->approver}});
  }
  return json_of({{"lines", std::move(list)}});
}

HttpResponse OfficerRoutes::take(const HttpRequest& request, const Asker& asker) {
  if (!request.header("content-type").starts_with("application/json")) {
    return error_response(415, "http.media_type_unknown",
                          "a decision is JSON, as `teller decide --out` keeps it");
  }
  const auto decision = parse_decision(request.body, "the body");
  if (!decision) return failed_with(decision.error());
  const Operation& operation = operation_of(decision->action);
  const std::unique_lock lock(one_at_a_time_, hand_in_turn_at_most);
  if (!lock) return busy_response("decision.busy", "another decision is being taken");
  std::shared_ptr<void> turn;
  if (parts_.turn) {
    auto taken = parts_.turn();
    if (!taken) return failed_with(taken.error());
    turn = std::move(*taken);
  }
  const HandInParts to{.definition = parts_.home->definition(),
                       .store = parts_.store,
                       .recorder = parts_.recorder,
                       .outcomes = parts_.outcomes,
                       .approvals = &approvals_,
                       .counted = parts_.counted,
                       .stop = parts_.stop};
  // What decided already moved the stage on, and sent again it is no wrong question.
  if (may_any(asker.person.roles, operation) && decision->count == parts_.home->count.id) {
    const auto counted = is_counted(to, *decision);
    if (!counted) return failed_with(counted.error());
    if (*counted) {
      if (auto removed = approvals_.remove(*decision); !removed) {
        return failed_with(removed.error());
      }
      return json_of({{"became", "counted"},
                      {"action", to_text(decision->action)},
                      {"officers", decision->officers()},
                      {"again", true},
                      {"incidents", Json::array()}});
    }
  }
  // The stage may have moved while others handed in.
  const auto now = asker_of(asker.person.token);
  if (!now) return failed_with(now.error());
  if (auto no = refused(*now, operation)) return *no;
  return take_allowed(to, *decision, *now);
}

HttpResponse OfficerRoutes::take_allowed(const HandInParts& to, const Decision& decision,
                                         const Asker& asker) {
  const CountFile& count = *to.definition.count;
  const std::string_view subject = operation_of(decision.action).name;
  if (auto ended = end_expired(); !ended) return failed_with(ended.error());
  // Before anything is changed: somebody may have signed in another officer's name.
  if (auto good = check_signed_so_far(decision, count); !good) {
    const std::string& why = good.error().detail;
    if (noted_lately(fmt::format("{}\n{}\n{}", asker.person.name, subject, why))) {
      return failed_with(good.error());
    }
    auto noted = note(asker.person.name, "refused", subject, why);
    return failed_with(noted ? good.error() : noted.error());
  }
  auto noted =
      note(asker.person.name, "hand-in", subject,
           fmt::format("signed by {}: {}", fmt::join(decision.officers(), ", "), decision.reason),
           hash_of_decided(decision));
  if (!noted) return failed_with(noted.error());
  const auto handed = hand_in(to, decision, asker.person.name);
  if (!handed) return failed_with(handed.error());
  Json json{{"became", handed->became},
            {"action", to_text(decision.action)},
            {"officers", handed->decision.officers()},
            {"again", false},
            {"incidents", handed->incidents}};
  if (!handed->approval) return json_of(json);
  json["approval"] = approval_json(*handed->approval, count.approvals);
  return json_of(json, 202);
}

}  // namespace teller
