#include "host/entering_routes.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "base/fail_point.h"
#include "base/utf8.h"
#include "deliver/sheet_json.h"
#include "deliver/unit_meant.h"
#include "election/json_file.h"
#include "entering/entered_json.h"
#include "host/failed_answer.h"
#include "http/query.h"
#include "publish/audit_line.h"

namespace teller {
namespace {

using EnteringJson = nlohmann::ordered_json;

constexpr JsonLimits asked_limits{.bytes = std::size_t{1} << 20, .values = 50'000};
constexpr std::size_t source_bytes_max = 200;
constexpr Code asked_wrong("officer.question_invalid");
constexpr std::chrono::seconds change_turn_at_most{10};

HttpResponse told_as_json(const EnteringJson& json) {
  HttpResponse response;
  response.body = json.dump(-1, ' ', false, EnteringJson::error_handler_t::replace) + "\n";
  return response;
}

// Of what is kept here and cannot be read, and of what is not there at all.
HttpResponse not_told(const Error& error) {
  if (error.code == Code("entering.file_invalid")) {
    return error_response(500, error.code, error.detail);  // No fault of whoever asks.
  }
  if (error.code == Code("entering.no_such_sheet")) {
    return error_response(404, error.code, error.detail);
  }
  return failed_answer(error);
}

std::unexpected<Error> no_such_sheet(std::string why) {
  return fail(Remedy::reject, "entering.no_such_sheet", std::move(why));
}

// What the body of a decision asks for.
struct DecisionOfSheet {
  std::string unit, contest, method, act, of, field, check, reason;
  std::optional<Figure> figure;
  std::optional<std::uint64_t> changes;  // As whoever decides saw the sheet.
};

Result<DecisionOfSheet> read_decision_of_sheet(std::string_view body) {
  auto file = JsonFile::parse(body, "the body", asked_wrong, asked_limits);
  if (!file) return std::unexpected(file.error());
  const JsonValue root = file->object(file->root(), "");
  file->only(
      root, "",
      {"unit", "contest", "method", "do", "of", "field", "figure", "check", "reason", "changes"});
  const auto text = [&](std::string_view name, bool needed = false) {
    return file->text(root, name, "", needed);
  };
  DecisionOfSheet asked{.unit = text("unit", true),
                        .contest = text("contest"),
                        .method = text("method"),
                        .act = text("do", true),
                        .of = text("of"),
                        .field = text("field"),
                        .check = text("check"),
                        .reason = text("reason"),
                        .figure = {},
                        .changes = {}};
  if (const auto figure = root.find("figure")) {
    asked.figure = figure_of_json(*figure);
    if (!asked.figure) file->fault("/figure", "must be a number, withheld or unknown");
  }
  if (const auto changes = root.find("changes")) {
    asked.changes = file->number(*changes, "/changes", 0, Figure::limit, 0);
  }
  if (asked.act == "retype" && (asked.field.empty() || !root.find("figure"))) {
    file->fault("/field", "retype has a field and its figure");
  }
  if (asked.act == "keep" && asked.of.empty()) file->fault("/of", "keep says whose typing: of");
  if (asked.act == "explain" && !check_called(asked.check)) {
    file->fault("/check", "explain names a check of docs/reference/checks.md");
  }
  constexpr std::array<std::string_view, 4> known{"keep", "retype", "again", "explain"};
  if (std::ranges::find(known, asked.act) == known.end()) {
    file->fault("/do", "must be keep, retype, again or explain");
  }
  if (!file->good()) return std::unexpected(file->error(asked_wrong));
  return asked;
}

struct TypedSheet {
  std::string unit, contest, method;
  bool anew = false;
  std::vector<std::pair<std::string, Figure>> figures;
};

Result<TypedSheet> read_typed_sheet(std::string_view body) {
  auto file = JsonFile::parse(body, "the body", asked_wrong, asked_limits);
  if (!file) return std::unexpected(file.error());
  const JsonValue root = file->object(file->root(), "");
  file->only(root, "", {"unit", "contest", "method", "anew", "figures"});
  TypedSheet typed{.unit = file->text(root, "unit", ""),
                   .contest = file->text(root, "contest", "", false),
                   .method = file->text(root, "method", "", false),
                   .figures = {}};
  if (root.find("anew")) typed.anew = file->flag(root, "anew", "");
  const auto figures = root.find("figures");
  file->object(figures.value_or(JsonTree::empty_list()), "/figures")
      .for_each_member([&](std::string_view field, JsonValue value) {
        const auto figure = figure_of_json(value);
        if (!figure) {
          file->fault(fmt::format("/figures/{}", field),
                      "must be a number below 2^53, withheld or unknown");
        }
        typed.figures.emplace_back(field, figure.value_or(Figure{}));
      });
  if (!file->good()) return std::unexpected(file->error(asked_wrong));
  return typed;
}

bool is_json(const HttpRequest& request) {
  return request.header("content-type").starts_with("application/json");
}

HttpResponse no_json() {
  return error_response(415, "http.media_type_unknown", "a sheet that is entered here is JSON");
}

// All columns that the sheet does not give: what stood there is not kept, for the paper is typed as a whole.
UnknownFigures not_given(const SheetKey& key, const SheetFigures& figures, const Contest& contest) {
  UnknownFigures unknown{.key = key, .columns = {}};
  for (const std::uint16_t column : sheet_columns(contest)) {
    if (figure_at(figures, column).is_unknown()) unknown.columns.push_back(column);
  }
  return unknown;
}

}  // namespace

// Which of them a list is of.
struct EnteringRoutes::Listed {
  std::optional<UnitId> unit = {};
  std::optional<ContestId> contest = {};
  std::optional<MethodId> method = {};
  std::optional<EnteringStep> step = {};
  bool not_complete = false, mine = false;
  std::size_t limit = std::numeric_limits<std::size_t>::max();

  [[nodiscard]] bool is_here(const SheetKey& key) const {
    return (!unit || key.unit == *unit) && (!contest || key.contest == *contest) &&
           (!method || key.method == *method);
  }
  // Errors: reject http.query_invalid, officer.question_invalid, entering.no_such_sheet.
  [[nodiscard]] static Result<Listed> read(const HttpRequest& request, const Rules& rules);
};

Result<EnteringRoutes::Listed> EnteringRoutes::Listed::read(const HttpRequest& request,
                                                            const Rules& rules) {
  const auto query = parse_query(
      request.query, {"unit", "contest", "method", "step", "not_complete", "mine", "limit"});
  if (!query) return std::unexpected(query.error());
  Listed listed;
  if (const auto unit = value_of(*query, "unit"); !unit.empty()) {
    const auto found = unit_meant(rules, unit);
    if (!found) return no_such_sheet(found.error().detail);
    listed.unit = *found;
  }
  if (const auto contest = value_of(*query, "contest"); !contest.empty()) {
    listed.contest = rules.find_contest(contest);
    if (!listed.contest) return no_such_sheet("no contest has the id " + contest);
  }
  if (const auto method = value_of(*query, "method"); !method.empty()) {
    listed.method = rules.find_method(method);
    if (!listed.method) return no_such_sheet("no method has the id " + method);
  }
  if (const auto step = value_of(*query, "step"); !step.empty()) {
    listed.step = entering_step_named(step);
    if (!listed.step) {
      return fail(Remedy::reject, asked_wrong,
                  "step is untyped, once, different, error, warning, ready, delivered or left_out");
    }
  }
  for (const auto& [name, flag] :
       {std::pair{"not_complete", &listed.not_complete}, std::pair{"mine", &listed.mine}}) {
    const auto value = value_of(*query, name);
    if (!value.empty() && value != "yes") {
      return fail(Remedy::reject, asked_wrong, fmt::format("{} is yes, or not there", name));
    }
    *flag = value == "yes";
  }
  if (const auto limit = value_of(*query, "limit"); !limit.empty()) {
    const auto [end, wrong] =
        std::from_chars(limit.data(), limit.data() + limit.size(), listed.limit);
    if (wrong != std::errc() || end != limit.data() + limit.size()) {
      return fail(Remedy::reject, asked_wrong, "limit is a number");
    }
  }
  return listed;
}

EnteringRoutes::EnteringRoutes(Parts parts)
    : parts_(std::move(parts)),
      rules_(parts_.home->rules),
      entering_(rules_, parts_.home->presentation.registered, *parts_.checks),
      sheets_(*parts_.rows, rules_) {}

// Not before somebody asks: a nation has very many, and most counts enter none.
const std::vector<SheetKey>& EnteringRoutes::waited_for() const {
  std::call_once(listed_, [this] { list_waited_for(); });
  return waited_for_;
}

void EnteringRoutes::list_waited_for() const {
  for (std::uint32_t c = 0; c < rules_.contests.size(); ++c) {
    for (std::uint32_t m = 0; m < rules_.methods.size(); ++m) {
      if (!rules_.counted_from(ContestId{c}, MethodId{m}, CountedFrom::sheets)) continue;
      for (const UnitId unit : rules_.units_expected(ContestId{c})) {
        waited_for_.push_back({unit, MethodId{m}, ContestId{c}});
      }
    }
  }
  std::ranges::sort(waited_for_);
}

void EnteringRoutes::add(HttpRouter& router) {
  const auto on = [&](const char* method, const char* path, const char* operation, auto handler) {
    parts_.officers->on(router, method, path, &operation_named(operation),
                        [this, handler](const HttpRequest& request, const Asker& asker) {
                          return (this->*handler)(request, asker);
                        });
  };
  on("GET", "/v1/officer/sheets", "list sheets", &EnteringRoutes::list);
  on("POST", "/v1/officer/sheets", "enter sheet", &EnteringRoutes::type);
  on("GET", "/v1/officer/sheet", "read sheet", &EnteringRoutes::one);
  on("POST", "/v1/officer/sheet", "settle sheet", &EnteringRoutes::decide);
}

Result<SheetKey> EnteringRoutes::sheet_meant(const std::string& unit, const std::string& contest,
                                             const std::string& method) const {
  const auto at = unit_meant(rules_, unit);
  if (!at) return no_such_sheet(at.error().detail);
  std::vector<SheetKey> meant;
  for (const SheetKey& key : std::ranges::equal_range(waited_for(), *at, {}, &SheetKey::unit)) {
    if (!contest.empty() && rules_.contest(key.contest).id != contest) continue;
    if (!method.empty() && rules_.methods.at(key.method.value).id != method) continue;
    meant.push_back(key);
  }
  const std::string& id = rules_.units.at(at->value).id;
  if (meant.size() == 1) return meant.front();
  if (meant.empty()) {
    return no_such_sheet(fmt::format("no sheet of {}{}{} is waited for", id,
                                     contest.empty() ? "" : ", " + contest,
                                     method.empty() ? "" : ", " + method));
  }
  return no_such_sheet(
      fmt::format("{} has {} sheets: say which contest, and which method where there are several",
                  id, meant.size()));
}

EnteredSheet EnteringRoutes::sheet_at(const SheetKey& key) const {
  const EnteredSheet* found = sheets_.find(key);
  return found == nullptr ? EnteredSheet{.key = key} : *found;
}

std::string EnteringRoutes::subject_of(const SheetKey& key) const {
  std::string text = fmt::format("sheet {}, {}", rules_.units.at(key.unit.value).id,
                                 rules_.contest(key.contest).id);
  if (rules_.methods.size() > 1) text += ", " + rules_.methods.at(key.method.value).id;
  return std::string(cut_at_character(text, audit_name_bytes_max));
}

HttpResponse EnteringRoutes::refuse(const Asker& asker, const SheetKey& key, const Error& why) {
  if (why.code != Code("entering.same_person") && why.code != Code("entering.seen")) {
    return not_told(why);
  }
  return parts_.officers->refusal(asker, subject_of(key), why);
}

Result<EnteringRoutes::Change> EnteringRoutes::begin_change() {
  Change change{
      .here = std::unique_lock(changing_, change_turn_at_most), .everywhere = {}, .reading = {}};
  if (!change.here)
    return fail(Remedy::retry, "store.unavailable", "another sheet is being changed");
  if (parts_.turn) {
    auto taken = parts_.turn();
    if (!taken) return std::unexpected(taken.error());
    change.everywhere = std::move(*taken);
  }
  change.reading = std::unique_lock(mutex_);
  if (auto looked = sheets_.look(); !looked) return std::unexpected(looked.error());
  return change;
}

Result<void> EnteringRoutes::keep(const std::string& actor, const char* action,
                                  const std::string& reason, EnteredSheet sheet) {
  if (auto noted = parts_.officers->note(actor, action, subject_of(sheet.key), reason); !noted) {
    return noted;
  }
  const auto put = sheets_.put(std::move(sheet));
  if (!put) return std::unexpected(put.error());
  if (*put) return {};
  return fail(Remedy::reject, "entering.changed", "another process has changed it meanwhile");
}

bool EnteringRoutes::may_type(const EnteredSheet& sheet, const Asker& asker) const {
  const Operation& operation = operation_named("enter sheet");
  return may_any(asker.person.roles, operation) && may_at(asker.stage, operation) &&
         entering_.may_type(sheet, asker.person.name);
}

EnteringRoutes::Json EnteringRoutes::row_json(const EnteredSheet& sheet, const Asker& asker) const {
  Json json = place_json(sheet.key.unit, sheet.key.method, sheet.key.contest, rules_);
  json["step"] = to_text(entering_.step(sheet));
  json["changes"] = sheet.changes;
  json["typed_by"] = Json::array();
  for (const auto* typing : {&sheet.first, &sheet.second}) {
    if (*typing) json["typed_by"].push_back((*typing)->by);
  }
  json["may_type"] = may_type(sheet, asker);
  if (!sheet.correction.empty()) json["correction"] = sheet.correction;
  if (sheet.brought) {
    json["brought"] = {{"delivery", sheet.brought->delivery},
                       {"became", sheet.brought->became},
                       {"detail", sheet.brought->detail},
                       {"at", format_utc(sheet.brought->at_us)}};
  } else if (sheet.ready && !trouble_.empty()) {
    json["waits"] = trouble_;
  }
  return json;
}

EnteringRoutes::Json EnteringRoutes::findings_json(const EnteredSheet& sheet,
                                                   const SheetFigures& figures) const {
  Json list = Json::array();
  for (const CheckFinding& one : entering_.findings(sheet.key, figures)) {
    Json finding{
        {"check", to_text(one.kind)}, {"severity", to_text(one.severity)}, {"what", one.what}};
    if (const Explanation* why = Entering::explanation(sheet, one)) {
      finding["explained"] = to_json(why->done_by);
    }
    list.push_back(std::move(finding));
  }
  return list;
}

EnteringRoutes::Json EnteringRoutes::whole_json(const EnteredSheet& sheet,
                                                const Asker& asker) const {
  Json json = row_json(sheet, asker);
  const Contest& contest = rules_.contest(sheet.key.contest);
  const auto open = entering_.unsettled(sheet);
  json["fields"] = Json::array();
  for (const std::uint16_t column : sheet_columns(contest)) {
    Json field{{"field", field_of(column, contest)}, {"name", field_name(column, contest)}};
    if (sheet.second) {
      field["first"] = to_json(figure_at(sheet.first->figures, column));
      field["second"] = to_json(figure_at(sheet.second->figures, column));
      field["differs"] = std::ranges::find(open, column, &Unsettled::column) != open.end();
      for (const Retyping& one : sheet.retyped) {
        if (one.column != column) continue;
        Json retyped = to_json(one.done_by);
        retyped["figure"] = to_json(one.figure);
        field["retyped"].push_back(std::move(retyped));
      }
    }
    json["fields"].push_back(std::move(field));
  }
  json["findings"] = Json::array();
  if (const auto figures = entering_.agreed(sheet)) {
    json["findings"] = findings_json(sheet, *figures);
  }
  return json;
}

HttpResponse EnteringRoutes::list(const HttpRequest& request, const Asker& asker) {
  const auto asked = Listed::read(request, rules_);
  if (!asked) return not_told(asked.error());
  const std::scoped_lock lock(mutex_);
  if (auto looked = sheets_.look(); !looked) return not_told(looked.error());
  std::array<std::uint64_t, entering_steps> steps{};
  std::vector<bool> contests(rules_.contests.size());
  std::uint64_t all = 0, complete = 0, more = 0;
  Json rows = Json::array();
  for (const SheetKey& key : waited_for()) {
    if (!asked->is_here(key)) continue;
    const EnteredSheet sheet = sheet_at(key);
    const EnteringStep step = entering_.step(sheet);
    ++all;
    ++steps.at(static_cast<std::size_t>(step));
    if (step == EnteringStep::delivered) ++complete;
    if ((asked->step && step != *asked->step) ||
        (asked->not_complete && step == EnteringStep::delivered) ||
        (asked->mine && !may_type(sheet, asker))) {
      continue;
    }
    if (rows.size() >= asked->limit) {
      ++more;
      continue;
    }
    rows.push_back(row_json(sheet, asker));
    contests[key.contest.value] = true;
  }
  Json json{{"sheets", std::move(rows)}, {"more", more}, {"all", all}, {"complete", complete}};
  for (std::size_t step = 0; step < entering_steps; ++step) {
    json["steps"][std::string(to_text(static_cast<EnteringStep>(step)))] = steps.at(step);
  }
  json["contests"] = Json::array();
  for (std::size_t c = 0; c < contests.size(); ++c) {
    if (!contests[c]) continue;
    const Contest& contest = rules_.contests[c];
    Json fields = Json::array();
    for (const std::uint16_t column : sheet_columns(contest)) {
      fields.push_back(
          {{"field", field_of(column, contest)}, {"name", field_name(column, contest)}});
    }
    json["contests"].push_back(
        {{"contest", contest.id}, {"contest_name", contest.name}, {"fields", std::move(fields)}});
  }
  return told_as_json(json);
}

HttpResponse EnteringRoutes::one(const HttpRequest& request, const Asker& asker) {
  const auto query = parse_query(request.query, {"unit", "contest", "method"});
  if (!query) return not_told(query.error());
  const auto unit = value_of(*query, "unit");
  if (unit.empty()) {
    return error_response(400, asked_wrong, "say which sheet: unit=, and contest= and method=");
  }
  const auto key = sheet_meant(unit, value_of(*query, "contest"), value_of(*query, "method"));
  if (!key) return not_told(key.error());
  const auto change = begin_change();
  if (!change) return not_told(change.error());
  EnteredSheet sheet = sheet_at(*key);
  // What was delivered, everybody may read who may read figures.
  if (sheet.second && !sheet.brought && sheet.seen.insert(asker.person.name).second) {
    auto kept = keep(asker.person.name, "sheet-read", "the figures of both were shown", sheet);
    if (!kept) return not_told(kept.error());
  }
  return told_as_json(whole_json(sheet, asker));
}

HttpResponse EnteringRoutes::type(const HttpRequest& request, const Asker& asker) {
  if (!is_json(request)) return no_json();
  const auto typed = read_typed_sheet(request.body);
  if (!typed) return not_told(typed.error());
  const auto key = sheet_meant(typed->unit, typed->contest, typed->method);
  if (!key) return not_told(key.error());
  auto figures = typed_figures(typed->figures, rules_.contest(key->contest));
  if (!figures) return not_told(figures.error());
  Json more;
  {
    const auto change = begin_change();
    if (!change) return not_told(change.error());
    EnteredSheet sheet = sheet_at(*key);
    more["findings"] = findings_json(EnteredSheet{.key = *key}, *figures);
    auto taken = entering_.type(
        sheet, {asker.person.name, parts_.clock->now_us(), std::move(*figures)}, typed->anew);
    if (!taken) return refuse(asker, *key, taken.error());
    more["typing"] = sheet.second ? "second" : "first";
    const std::string said =
        !sheet.second ? (typed->anew ? "typed anew, by the first person" : "by the first person")
        : entering_.agreed(sheet) ? "by the second person: the same"
                                  : "by the second person: it differs";
    auto kept = keep(asker.person.name, "sheet-typed", said, std::move(sheet));
    if (!kept) return not_told(kept.error());
  }
  return answer(*key, asker, std::move(more));
}

HttpResponse EnteringRoutes::decide(const HttpRequest& request, const Asker& asker) {
  if (!is_json(request)) return no_json();
  const auto asked = read_decision_of_sheet(request.body);
  if (!asked) return not_told(asked.error());
  const auto key = sheet_meant(asked->unit, asked->contest, asked->method);
  if (!key) return not_told(key.error());
  {
    const auto change = begin_change();
    if (!change) return not_told(change.error());
    EnteredSheet sheet = sheet_at(*key);
    if (asked->changes && *asked->changes != sheet.changes) {
      return not_told(
          {Remedy::reject, "entering.changed",
           fmt::format("it was changed {} times, and not {}", sheet.changes, *asked->changes)});
    }
    const DoneBy done_by{asker.person.name, asked->reason, parts_.clock->now_us()};
    const char* action = "sheet-kept";
    std::string about = "what " + asked->of + " typed";
    Result<void> done;
    if (asked->act == "keep") {
      done = entering_.keep(sheet, asked->of, done_by);
    } else if (asked->act == "again") {
      action = "sheet-again";
      if (asked->of.empty()) about = "what both typed";
      done = entering_.again(sheet, asked->of, done_by);
    } else if (asked->act == "explain") {
      action = "sheet-explained";
      about = asked->check;
      done = entering_.explain(sheet, *check_called(asked->check), done_by);
    } else {
      action = "sheet-retyped";
      about = asked->field;
      const auto column = column_called(asked->field, rules_.contest(key->contest));
      if (!column) return not_told(column.error());
      done = entering_.retype(sheet, *column, *asked->figure, done_by);
    }
    if (!done) return refuse(asker, *key, done.error());
    auto kept = keep(asker.person.name, action, fmt::format("{}: {}", about, asked->reason),
                     std::move(sheet));
    if (!kept) return not_told(kept.error());
  }
  return answer(*key, asker, Json::object());
}

HttpResponse EnteringRoutes::answer(const SheetKey& key, const Asker& asker, Json more) {
  bool is_ready = false;
  {
    const std::scoped_lock lock(mutex_);
    is_ready = sheet_at(key).ready.has_value();
  }
  if (is_ready) wait_for_delivery(key);
  const std::scoped_lock lock(mutex_);
  Json json = row_json(sheet_at(key), asker);
  if (more.is_object()) json.update(more);
  return told_as_json(json);
}

void EnteringRoutes::wait_for_delivery(const SheetKey& key) {
  if (!parts_.deliver_soon) return deliver_ready();
  std::unique_lock lock(mutex_);
  const std::uint64_t wanted = passes_begun_ + 1;  // The one that goes on may not have seen it.
  parts_.deliver_soon();
  passed_.wait_for(lock, parts_.patience,
                   [&] { return passes_ended_ >= wanted || sheet_at(key).brought.has_value(); });
}

Result<void> EnteringRoutes::deliver(const EnteredSheet& sheet) {
  const auto figures = entering_.agreed(sheet);
  if (!figures) return {};  // Of another program; it stays as it is.
  const Contest& contest = rules_.contest(sheet.key.contest);
  Delivery delivery;
  delivery.source = cut_at_character(rules_.units.at(sheet.key.unit.value).name, source_bytes_max);
  delivery.file = "entered twice";
  // The paper lay there when it was typed first: what came since is newer than it.
  delivery.figures_at_us = std::min(sheet.first->at_us, sheet.second->at_us);
  if (!sheet.correction.empty()) delivery.act = Sheet::Act::correction;
  delivery.reason = sheet.correction;
  delivery.sender = sheet.ready->by;
  delivery.sheets = {sheet_of(sheet.key, *figures)};
  delivery.unknown = {not_given(sheet.key, *figures, contest)};
  if (delivery.unknown.front().columns.empty()) delivery.unknown.clear();
  delivery.in_part = true;  // What is not there was typed as unknown, twice.
  const auto report = parts_.deliverer->deliver(delivery);
  if (!report) return std::unexpected(report.error());
  fail_point("entering.delivered");
  const auto found = std::ranges::find_if(
      report->sheets, [&](const SheetReport& one) { return key_of(one.sheet) == sheet.key; });
  Brought brought{.delivery = report->number > 0 ? report->number : report->again,
                  .became = "unchanged",
                  .detail = {},
                  .stands = true,
                  .at_us = parts_.clock->now_us()};
  if (found != report->sheets.end()) {
    brought.became = to_text(found->became);
    brought.detail = found->code.empty() ? found->detail
                                         : fmt::format("{}: {}", found->code.text(), found->detail);
    // What waits is recorded, and counted when its partition goes on.
    brought.stands = is_sent(found->became) || found->became == Became::unchanged ||
                     found->became == Became::waiting;
  }
  const auto change = begin_change();
  if (!change) return std::unexpected(change.error());
  EnteredSheet now = sheet_at(sheet.key);
  // Another process has it, since this one lost its turn without knowing: it was delivered as the same.
  if (!now.ready || now.brought || now.changes != sheet.changes) return {};
  const std::string said = fmt::format("delivery {}: {}", brought.delivery, brought.became);
  entering_.bring(now, std::move(brought));
  auto kept = keep(sheet.ready->by, "sheet-delivered", said, std::move(now));
  passed_.notify_all();
  return kept;
}

Result<void> EnteringRoutes::deliver_in_turn(const SheetKey& key) {
  fail_point("entering.ready");
  std::shared_ptr<void> turn;
  if (parts_.delivery_turn) {
    auto taken = parts_.delivery_turn();
    if (!taken) return std::unexpected(taken.error());
    turn = std::move(*taken);
  }
  const auto stage = parts_.stage();
  if (!stage) return std::unexpected(stage.error());
  if (!may_at(*stage, operation_named("enter sheet"))) {
    return fail(Remedy::reject, "entering.not_now",
                fmt::format("the count's stage is {}", to_text(*stage)));
  }
  EnteredSheet sheet;
  {
    const std::scoped_lock lock(mutex_);
    if (auto looked = sheets_.look(); !looked) return looked;
    sheet = sheet_at(key);
  }
  if (!sheet.ready || sheet.brought) return {};  // Another process has delivered it.
  return deliver(sheet);
}

void EnteringRoutes::deliver_ready() {
  const std::scoped_lock one_after_the_other(delivering_);
  std::vector<SheetKey> ready;
  Result<void> looked;
  {
    const std::scoped_lock lock(mutex_);
    ++passes_begun_;
    looked = sheets_.look();
    for (const auto& [key, sheet] : sheets_.all()) {
      if (sheet.ready && !sheet.brought) ready.push_back(key);
    }
  }
  std::string trouble;
  if (!looked) {
    parts_.event(Event("entering.trouble", looked.error()));
    trouble = to_text(looked.error());
    ready.clear();
  }
  for (const SheetKey& key : ready) {
    const auto delivered = deliver_in_turn(key);
    if (delivered) continue;
    trouble = to_text(delivered.error());
    if (delivered.error().code == Code("delivery.busy")) break;  // Another process is at it.
    parts_.event(Event("entering.trouble", delivered.error()));
    // What is wrong with this one says nothing of the next; what is away now is away for all.
    if (delivered.error().remedy != Remedy::reject) break;
  }
  {
    const std::scoped_lock lock(mutex_);
    trouble_ = trouble;
    passes_ended_ = passes_begun_;
  }
  passed_.notify_all();
}

}  // namespace teller
