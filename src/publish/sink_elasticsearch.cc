#include "publish/sink_elasticsearch.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/time.h"
#include "log/merkle.h"
#include "publish/audit_line.h"
#include "publish/figure_json.h"
#include "publish/figures.h"

namespace teller {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t bulk_documents_max = 2'000;
constexpr std::size_t bulk_bytes_max = 5 * 1024 * 1024;
constexpr const char* bulk_type = "application/x-ndjson";

std::unexpected<Error> never_published(const std::string& where) {
  return fail(Remedy::reject, "sink.damaged",
              "Elasticsearch: " + where + " holds what was never published");
}

// "3-65280-17-0"
std::vector<std::uint32_t> numbers_of(const std::string& id) {
  std::vector<std::uint32_t> numbers;
  for (const char* at = id.data(); at < id.data() + id.size(); ++at) {
    std::uint32_t number = 0;
    at = std::from_chars(at, id.data() + id.size(), number).ptr;
    numbers.push_back(number);
  }
  return numbers;
}

Json text_or_null(std::string_view text) { return text.empty() ? Json() : Json(text); }

}  // namespace

namespace {

// Every document of an index, in pages: `each` gets its id, split into numbers, and its source,
// and says whether it is one of ours. nlohmann throws where a member is missing.
// Errors: as SearchServer::ask(); reject sink.damaged.
template <typename Each>
Result<void> documents(SearchServer& server, const std::string& name, const char* members,
                       Each each) {
  auto answer =
      server.ask("POST", "/" + name + "/_search?scroll=2m",
                 R"({"size":10000,"sort":["_doc"],"_source":[)" + std::string(members) + "]}");
  for (;;) {
    if (!answer) return std::unexpected(answer.error());
    const Json page = Json::parse(answer->body, nullptr, false);
    if (!answer->good() || !page.is_object()) {
      return SearchServer::unavailable(name + " cannot be read: " + answer->error_type());
    }
    const std::string scroll = page.at("_scroll_id").get<std::string>();
    const Json& hits = page.at("hits").at("hits");
    for (const Json& hit : hits) {
      const auto numbers = numbers_of(hit.at("_id").get<std::string>());
      if (!each(numbers, hit.at("_source"))) return never_published(name);
    }
    if (hits.empty()) {
      (void)server.ask("DELETE", "/_search/scroll", Json{{"scroll_id", scroll}}.dump());
      return {};
    }
    answer =
        server.ask("POST", "/_search/scroll", Json{{"scroll", "2m"}, {"scroll_id", scroll}}.dump());
  }
}

}  // namespace

// Documents on their way, in requests of bounded size.
class ElasticsearchSink::Bulk {
 public:
  explicit Bulk(SearchServer& server) : server_(&server) {}

  [[nodiscard]] Result<void> put(const std::string& index, const std::string& id,
                                 std::uint64_t version, const auto& document) {
    const Json action{
        {"index",
         {{"_index", index}, {"_id", id}, {"version", version}, {"version_type", "external"}}}};
    body_.append(action.dump()).append("\n").append(document.dump()).append("\n");
    if (++documents_ < bulk_documents_max && body_.size() < bulk_bytes_max) return {};
    return flush();
  }

  [[nodiscard]] Result<void> flush() {
    if (documents_ == 0) return {};
    auto answer = server_->ask(
        "POST", "/_bulk?filter_path=errors,items.*.status,items.*.error.type", body_, bulk_type);
    const std::size_t sent = std::exchange(documents_, 0);
    body_.clear();
    if (!answer) return std::unexpected(answer.error());
    const Json json = Json::parse(answer->body, nullptr, false);
    if (!answer->good() || !json.is_object() || !json.contains("items") ||
        json["items"].size() != sent) {
      return fail(
          Remedy::retry, "sink.partial",
          fmt::format("Elasticsearch: _bulk answered {} {}", answer->status, answer->error_type()));
    }
    std::size_t refused = 0;
    std::string why;
    for (const Json& item : json["items"]) {
      const Json& outcome = item.begin().value();
      const int status = outcome.value("status", 0);
      if (status == 200 || status == 201 || status == 409) continue;  // 409: already newer.
      if (refused++ == 0) {
        why = fmt::format("{} {}", status,
                          outcome.value("/error/type"_json_pointer, std::string("error")));
      }
    }
    if (refused == 0) return {};
    return fail(
        Remedy::retry, "sink.partial",
        fmt::format("Elasticsearch refused {} of {} documents; the first: {}", refused, sent, why));
  }

 private:
  SearchServer* server_;
  std::string body_;
  std::size_t documents_ = 0;
};

ElasticsearchSink::ElasticsearchSink(const Server& server, const Rules& rules,
                                     const CountFile& count,
                                     std::function<void(const std::string&)> told_of)
    : server_(server),
      indices_(server_, count, server.count_name, server.shards),
      told_of_(std::move(told_of)),
      rules_(&rules),
      count_(&count),
      totals_(rules) {}

ElasticsearchSink::~ElasticsearchSink() = default;

void ElasticsearchSink::begin_anew() {
  prepared_ = false;
  told_ = false;
}

// Makes the indices that are missing or not ours, and finds out what readers have.
Result<void> ElasticsearchSink::prepare() {
  if (prepared_) return {};
  std::vector<std::string> replaced;
  const auto before = indices_.look();
  if (!before) return std::unexpected(before.error());
  const auto made = indices_.make(short_of_, replaced);
  if (!made) return std::unexpected(made.error());
  const auto head = server_.ask("GET", "/" + indices_.name(SearchIndices::head) + "/_doc/head");
  if (!head) return std::unexpected(head.error());
  if (head->good()) {
    const Json json = Json::parse(head->body, nullptr, false);
    indexed_ = json.value("/_source/commit_number"_json_pointer, std::uint64_t{0});
    statements_ =
        std::max(statements_, json.value("/_source/statements"_json_pointer, std::uint64_t{0}));
  } else if (head->status == 404) {
    indexed_ = 0;
  } else {
    return SearchServer::unavailable("the head cannot be read: " + head->error_type());
  }
  // Whoever made one of them since we (or the head) filled it: it is empty.
  const bool filled_before = head->good() || filled_;
  for (std::size_t i = 0; i < SearchIndices::kinds; ++i) {
    const auto kind = static_cast<SearchIndices::Kind>(i);
    const bool same =
        filled_ ? filled_->at(i).id == made->at(i).id : before->at(i).id == made->at(i).id;
    if (same || !filled_before) continue;
    if (!before->at(i).there) replaced.push_back(indices_.name(kind) + ": it was missing");
    indexed_ = 0;
  }
  if (indexed_ == 0) audit_ = 0;
  for (const std::string& what : replaced) {
    if (told_of_) told_of_(what + "; it is built anew from the store");
  }
  filled_ = *made;
  prepared_ = true;
  looked_ = Clock::now();
  return {};
}

// Whether the indices are still those that were filled; what is missing is sent by the next pass.
Result<bool> ElasticsearchSink::still_ours() {
  const auto now = indices_.look();
  if (!now) return std::unexpected(now.error());
  looked_ = Clock::now();
  return filled_ == *now;
}

Result<Sink::Cursor> ElasticsearchSink::cursor() {
  // A pass that failed may have failed at an index; and one that has nothing to send would never know.
  if (prepared_ && (!told_ || Clock::now() - looked_ > look_every)) {
    const auto same = still_ours();
    if (!same) return std::unexpected(same.error());
    if (!*same) begin_anew();
  }
  if (auto ready = prepare(); !ready) return std::unexpected(ready.error());
  return Cursor{told_ ? totals_.commit() : 0, statements_, audit_};
}

Result<void> ElasticsearchSink::publish(const Publication& publication) {
  if (auto ready = prepare(); !ready) return ready;
  const std::uint64_t commit = publication.snapshot.head.commit;
  if (commit < indexed_ || commit < totals_.commit()) return {};
  totals_.add(publication.snapshot);
  told_ = false;  // Until all of it is there; then again from the beginning.
  if (auto sent = send_changes(publication); !sent) return sent;
  if (auto sent = send_audit(publication); !sent) return sent;
  if (auto sent = refresh(); !sent) return sent;
  if (auto there = everything_is_there(publication); !there) return there;
  if (auto sent = send_head(publication); !sent) return sent;
  told_ = true;
  short_of_.clear();
  indexed_ = commit;
  statements_ = publication.statements_after(statements_);
  audit_ = std::max(audit_, publication.audit_checkpoint.size);
  return {};
}

// The head says that everything is there: so it must be, in indices that are ours.
Result<void> ElasticsearchSink::everything_is_there(const Publication& publication) {
  const auto same = still_ours();
  if (!same) return std::unexpected(same.error());
  if (!*same) {
    begin_anew();
    return fail(Remedy::retry, "sink.partial",
                "Elasticsearch: an index was deleted or made by somebody else while it was filled");
  }
  const auto there = indices_.documents();
  if (!there) return std::unexpected(there.error());
  const Outcomes outcomes = publication.outcomes();
  using Index = SearchIndices::Kind;
  const auto rows = std::ranges::count_if(
      totals_.rows(), [](const TotalRow& row) { return row.key.contest != whole_unit; });
  std::uint64_t options = 0;
  for (const Contest& contest : rules_->contests) options += contest.options.size();
  const std::array<std::pair<Index, std::uint64_t>, 4> due{
      {{Index::totals, static_cast<std::uint64_t>(rows)},
       {Index::options, options},
       {Index::units, rules_->units.size()},
       {Index::incidents, outcomes.conflict + outcomes.rejected}}};
  std::string missing;
  std::vector<Index> short_of;
  for (const auto& [kind, documents] : due) {
    if (there->at(kind) >= documents) continue;  // More: another publisher is ahead of us.
    short_of.push_back(kind);
    missing += fmt::format("{}{} holds {} of {} documents", missing.empty() ? "" : ", ",
                           indices_.name(kind), there->at(kind), documents);
  }
  if (missing.empty()) return {};
  // Documents that were deleted leave a trace that refuses the same version for a while: only a new
  // index takes them at once. If that one is short too, it is not made again and again.
  if (short_of_.empty() && told_of_) told_of_(missing + "; it is built anew from the store");
  if (short_of_.empty()) {
    short_of_ = std::move(short_of);
    begin_anew();
  }
  return fail(Remedy::retry, "sink.partial", "Elasticsearch: " + missing);
}

Result<void> ElasticsearchSink::send_changes(const Publication& publication) {
  Bulk bulk(server_);
  if (auto sent = send_totals(bulk, publication); !sent) return sent;
  if (auto sent = send_options(bulk); !sent) return sent;
  if (auto sent = send_units(bulk); !sent) return sent;
  if (auto sent = send_incidents(bulk, publication); !sent) return sent;
  return bulk.flush();
}

Result<void> ElasticsearchSink::send_totals(Bulk& bulk, const Publication& publication) {
  const Rules& rules = *rules_;
  const std::string mode(to_text(count_->mode));
  const std::string totals = indices_.name(SearchIndices::totals);
  for (const TotalRow& row : publication.snapshot.totals) {
    if (row.changed_at_commit <= indexed_ || row.key.contest == whole_unit) continue;
    const auto& [contest, slot, unit, method] = row.key;
    const auto& top = totals_.place(unit).top;
    const std::string_view known = state_of(rules, row);
    Json document{
        {"mode", mode},
        {"contest_id", rules.contest(contest).id},
        {"contest_name", rules.contest(contest).name},
        {"option_id", column_id(rules, contest, slot)},
        {"option_name", column_name(rules, contest, slot)},
        {"is_option", slot < slot::first_counter},
        {"unit_id", rules.units.at(unit.value).id},
        {"unit_name", rules.units.at(unit.value).name},
        {"top_id", top ? Json(rules.units.at(top->value).id) : Json()},
        {"top_name", top ? Json(rules.units.at(top->value).name) : Json()},
        {"method_id", rules.methods.at(method.value).id},
        {"method_name", rules.methods.at(method.value).name},
        {"value", known == "number" ? Json(row.total.value) : Json()},
        {"how", known},
        {"changed_at_commit", row.changed_at_commit},
    };
    const std::string id =
        fmt::format("{}-{}-{}-{}", contest.value, slot, unit.value, method.value);
    if (auto put = bulk.put(totals, id, row.changed_at_commit, document); !put) return put;
  }
  return {};
}

Result<void> ElasticsearchSink::send_options(Bulk& bulk) {
  const Rules& rules = *rules_;
  const std::string mode(to_text(count_->mode));
  const bool all = indexed_ == 0;
  const std::string options = indices_.name(SearchIndices::options);
  for (std::uint32_t c = 0; c < rules.contests.size(); ++c) {
    const std::uint64_t changed = totals_.changed({c});
    if (changed <= indexed_ && !all) continue;
    const Contest& contest = rules.contests[c];
    const ContestFigures figures(rules, {c}, totals_.rows({c}));
    for (const FigureLine& line : figures.by_option()) {
      const std::uint16_t o = line.slots.front();
      const Option& option = contest.options.at(o);
      nlohmann::ordered_json ids = nlohmann::ordered_json::array(), names = ids;
      for (const PartyId party : option.parties) {
        ids.push_back(rules.parties.at(party.value).id);
        names.push_back(rules.parties.at(party.value).name);
      }
      nlohmann::ordered_json document{
          {"mode", mode},           {"contest_id", contest.id},   {"contest_name", contest.name},
          {"option_id", option.id}, {"option_name", option.name}, {"kind", to_text(option.kind)},
          {"party_ids", ids},       {"party_names", names},       {"changed_at_commit", changed},
      };
      document["first_preferences"] = contest.kind == ContestKind::ranked;
      put_figure(document, "votes", line.votes);
      put_share(document, line.share);
      const std::string id = fmt::format("{}-{}", c, o);
      if (auto put = bulk.put(options, id, changed, document); !put) return put;
    }
  }
  return {};
}

Result<void> ElasticsearchSink::send_units(Bulk& bulk) {
  const Rules& rules = *rules_;
  const std::string mode(to_text(count_->mode));
  const bool all = indexed_ == 0;
  const std::string units = indices_.name(SearchIndices::units);
  for (std::uint32_t u = 0; u < rules.units.size(); ++u) {
    const CurrentTotals::UnitSum& sum = totals_.unit({u});
    if (sum.changed <= indexed_ && !all) continue;
    const Unit& unit = rules.units[u];
    const UnitPlace& place = totals_.place({u});
    const TotalFigure cards = sum.cards_known();
    const Unit* parent = unit.parent ? &rules.units.at(unit.parent->value) : nullptr;
    const Unit* top = place.top ? &rules.units.at(place.top->value) : nullptr;
    Json document{
        {"mode", mode},
        {"unit_id", unit.id},
        {"unit_name", unit.name},
        {"kind", text_or_null(unit.kind)},
        {"depth", place.depth},
        {"parent_id", parent == nullptr ? Json() : Json(parent->id)},
        {"parent_name", parent == nullptr ? Json() : Json(parent->name)},
        {"top_id", top == nullptr ? Json() : Json(top->id)},
        {"top_name", top == nullptr ? Json() : Json(top->name)},
        {"is_leaf", rules.is_leaf({u})},
        {"cards", cards.value() ? Json(*cards.value()) : Json()},
        {"cards_how", to_text(cards.state())},
        {"sheets", sum.sheets},
        {"changed_at_commit", sum.changed},
    };
    if (auto put = bulk.put(units, std::to_string(u), sum.changed, document); !put) return put;
  }
  return {};
}

Result<void> ElasticsearchSink::send_incidents(Bulk& bulk, const Publication& publication) {
  const std::string mode(to_text(count_->mode));
  const std::string incidents = indices_.name(SearchIndices::incidents);
  for (const IncidentRow& row : publication.incidents) {
    if (row.commit <= indexed_) continue;
    const Incident& incident = row.incident;
    Json document{
        {"mode", mode},
        {"partition", row.partition},
        {"position", incident.position},
        {"place", incident.index},
        {"outcome", to_text(incident.outcome)},
        {"reason", incident.outcome == Outcome::rejected ? code_of(incident.reason).text() : ""},
        {"leaf", to_hex(incident.leaf)},
        {"commit_number", row.commit},
    };
    const std::string id =
        fmt::format("{}-{}-{}", row.partition, incident.position, incident.index);
    if (auto put = bulk.put(incidents, id, row.commit, document); !put) return put;
  }
  return {};
}

Result<void> ElasticsearchSink::send_audit(const Publication& publication) {
  if (publication.audit.empty()) return {};
  const std::string audit = indices_.name(SearchIndices::audit);
  Bulk bulk(server_);
  for (const AuditRow& row : publication.audit) {
    const auto line = parse_audit_line(as_text(row.bytes));
    if (!line) return std::unexpected(line.error());
    const Json document{
        {"mode", to_text(count_->mode)},
        {"number", line->number},
        {"time", format_utc(line->time_us)},
        {"actor", line->actor},
        {"action", line->action},
        {"subject", line->subject},
        {"reason", line->reason},
        {"before", to_hex(line->before)},
        {"after", to_hex(line->after)},
        {"approver", text_or_null(line->approver)},
        {"leaf", to_hex(leaf_hash(row.bytes))},
    };
    // A line never changes; a version must be above 0.
    if (auto put = bulk.put(audit, std::to_string(row.number), row.number + 1, document); !put) {
      return put;
    }
  }
  if (auto sent = bulk.flush(); !sent) return sent;
  const auto refreshed = server_.ask("POST", "/" + audit + "/_refresh");
  if (!refreshed) return std::unexpected(refreshed.error());
  if (!refreshed->good()) return SearchServer::unavailable("_refresh: " + refreshed->error_type());
  return {};
}

Result<void> ElasticsearchSink::refresh() {
  const auto refreshed =
      server_.ask("POST", "/" + indices_.name(SearchIndices::totals) + "," +
                              indices_.name(SearchIndices::options) + "," +
                              indices_.name(SearchIndices::units) + "," +
                              indices_.name(SearchIndices::incidents) + "/_refresh");
  if (!refreshed) return std::unexpected(refreshed.error());
  if (!refreshed->good()) return SearchServer::unavailable("_refresh: " + refreshed->error_type());
  return {};
}

Result<void> ElasticsearchSink::send_head(const Publication& publication) {
  const Snapshot& snapshot = publication.snapshot;
  Json document = head_json(publication, *rules_, *count_, statements_);
  document.erase("date");  // The index has no such field, and is strict.
  // The same commit again may bring a statement: hence "or equal".
  const auto put =
      server_.ask("PUT",
                  fmt::format("/{}/_doc/head?version={}&version_type=external_gte&refresh=true",
                              indices_.name(SearchIndices::head), snapshot.head.commit),
                  document.dump());
  if (!put) return std::unexpected(put.error());
  if (put->good() || put->status == 409) return {};
  return fail(Remedy::retry, "sink.partial",
              fmt::format("Elasticsearch refused the head: {} {}", put->status, put->error_type()));
}

// The head first: what it says is there, and what is newer in the others says so itself.
Result<ReadBack> ElasticsearchSink::read_back(bool totals) {
  ReadBack read_back;
  const auto found = indices_.look();
  if (!found) return std::unexpected(found.error());
  const bool head_there = found->at(SearchIndices::head).there;
  for (std::size_t i = 0; i < SearchIndices::kinds; ++i) {
    // Before the first publication there is none of them.
    if (found->at(i).ours() || (!found->at(i).there && !head_there)) continue;
    return fail(Remedy::reject, "sink.damaged",
                "Elasticsearch: " + indices_.name(static_cast<SearchIndices::Kind>(i)) + ": " +
                    (found->at(i).there ? found->at(i).wrong : "it is missing") +
                    "; a running `teller publish` builds it anew within seconds");
  }
  if (!head_there) return read_back;
  const auto head = server_.ask("GET", "/" + indices_.name(SearchIndices::head) + "/_doc/head");
  if (!head) return std::unexpected(head.error());
  if (head->status == 404) return read_back;
  if (!head->good())
    return SearchServer::unavailable("the head cannot be read: " + head->error_type());

  try {
    const Json source = Json::parse(head->body).at("_source");
    if (source.at("count_id").get<std::string>() != count_->id.hex()) {
      return fail(Remedy::reject, "count.other",
                  "Elasticsearch: " + indices_.name(SearchIndices::head));
    }
    read_back.commit = source.at("commit_number").get<std::uint64_t>();
    read_back.statements = source.at("statements").get<std::uint64_t>();
    read_back.outcomes = {
        source.at("counted").get<std::uint64_t>(), source.at("duplicate").get<std::uint64_t>(),
        source.at("conflict").get<std::uint64_t>(), source.at("rejected").get<std::uint64_t>()};
    const auto rows = indices_.documents();
    if (!rows) return std::unexpected(rows.error());
    read_back.rows = {rows->at(SearchIndices::totals), rows->at(SearchIndices::options),
                      rows->at(SearchIndices::units), rows->at(SearchIndices::incidents)};
    auto read =
        documents(server_, indices_.name(SearchIndices::options),
                  R"("votes","how","changed_at_commit")", [&](const auto& id, const Json& of) {
                    if (id.size() != 2) return false;
                    read_back.options.push_back(
                        {{id[0]},
                         static_cast<std::uint16_t>(id[1]),
                         of.at("votes").is_null()
                             ? std::nullopt
                             : std::optional(of.at("votes").template get<std::int64_t>()),
                         of.at("how").template get<std::string>(),
                         std::max(read_back.commit,
                                  of.at("changed_at_commit").template get<std::uint64_t>())});
                    return true;
                  });
    if (read && totals) {
      read_back.has_totals = true;
      read = documents(server_, indices_.name(SearchIndices::totals),
                       R"("value","how","changed_at_commit")", [&](const auto& id, const Json& of) {
                         if (id.size() != 4) return false;
                         ReadBack::Cell& cell = read_back.totals.emplace_back();
                         cell.key = {{id[0]}, static_cast<std::uint16_t>(id[1]), {id[2]}, {id[3]}};
                         if (!of.at("value").is_null()) {
                           cell.value = of.at("value").template get<std::int64_t>();
                         }
                         cell.how = of.at("how").template get<std::string>();
                         cell.as_of =
                             std::max(read_back.commit,
                                      of.at("changed_at_commit").template get<std::uint64_t>());
                         return true;
                       });
    }
    if (!read) return std::unexpected(read.error());
  } catch (const Json::exception&) {
    return never_published("an index");
  }
  return read_back;
}

}  // namespace teller
