#include "publish/search_indices.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "embedded/es_audit.h"
#include "embedded/es_head.h"
#include "embedded/es_incidents.h"
#include "embedded/es_options.h"
#include "embedded/es_totals.h"
#include "embedded/es_units.h"

namespace teller {
namespace {

using Json = nlohmann::ordered_json;
using Kind = SearchIndices::Kind;

struct IndexOfOurs {
  std::string_view name, mapping;
};
constexpr std::array<IndexOfOurs, SearchIndices::kinds> ours{{
    {"totals", embedded::es_totals},
    {"options", embedded::es_options},
    {"units", embedded::es_units},
    {"incidents", embedded::es_incidents},
    {"audit", embedded::es_audit},
    {"head", embedded::es_head},
}};

// Name and type of each field, "words" of names included.
std::vector<std::pair<std::string, std::string>> fields(const Json& mappings) {
  std::vector<std::pair<std::string, std::string>> all;
  const Json properties = mappings.value("properties", Json::object());
  for (const auto& [name, of] : properties.items()) {
    all.emplace_back(name, of.value("type", "object"));
    const Json inner = of.value("fields", Json::object());
    for (const auto& [word, as] : inner.items()) {
      all.emplace_back(name + "." + word, as.value("type", "object"));
    }
  }
  std::ranges::sort(all);
  return all;
}

// Why these mappings are not `wanted` of this count, if not. Errors: as SearchIndices::look().
Result<std::string> judge(const Json& mappings, const Json& wanted, const std::string& index,
                          const std::string& count) {
  const Json about = mappings.value("_meta", Json::object());
  const std::string holder = about.value("count_id", "");
  if (!holder.empty() && holder != count) {
    return fail(Remedy::reject, "count.other",
                "Elasticsearch: " + index + " holds count " + holder);
  }
  if (holder.empty()) return "teller did not make it: its mapping is a guess or foreign";
  const int format = about.value("format", 1);
  const int current = wanted.value("/_meta/format"_json_pointer, 1);
  if (format > current) {
    return SearchServer::unavailable(
        fmt::format("{} was made by a newer program (format {}, this one writes {}); run that one",
                    index, format, current));
  }
  if (format < current) {
    return fmt::format("it is of an older program (format {}, now {})", format, current);
  }
  if (mappings.value("dynamic", "") != "strict" || fields(mappings) != fields(wanted)) {
    return "its fields were changed";
  }
  return "";
}

}  // namespace

SearchIndices::SearchIndices(SearchServer& server, const CountFile& count, std::string count_name,
                             std::int32_t shards)
    : server_(&server),
      count_(&count),
      of_count_((count_name.empty() ? "" : "-" + std::move(count_name)) + "-" +
                count.id.hex().substr(0, 8)),
      shards_(shards) {}

std::string SearchIndices::name(Kind kind) const {
  if (kind == audit) return "audit" + of_count_;
  return "teller" + of_count_ + "-" + std::string(ours.at(kind).name);
}

std::string SearchIndices::all_names() const {
  std::string names;
  for (std::size_t i = 0; i < kinds; ++i) {
    names += (i == 0 ? "" : ",") + name(static_cast<Kind>(i));
  }
  return names;
}

Result<SearchIndices::All> SearchIndices::look() {
  const auto answer = server_->ask("GET", "/" + all_names() +
                                              "?ignore_unavailable=true&filter_path="
                                              "*.mappings,*.settings.index.uuid,"
                                              "*.settings.index.number_of_shards");
  if (!answer) return std::unexpected(answer.error());
  const Json json = Json::parse(answer->body, nullptr, false);
  if (!answer->good() || !json.is_object()) {
    return SearchServer::unavailable("the indices cannot be read: " + answer->error_type());
  }
  All all;
  for (std::size_t i = 0; i < kinds; ++i) {
    const std::string index = name(static_cast<Kind>(i));
    const auto found = json.find(index);
    if (found == json.end()) continue;
    all.at(i).there = true;
    all.at(i).id = found->value("/settings/index/uuid"_json_pointer, std::string());
    try {
      auto wrong = judge(found->value("mappings", Json::object()),
                         Json::parse(ours.at(i).mapping).at("mappings"), index, count_->id.hex());
      if (!wrong) return std::unexpected(wrong.error());
      all.at(i).wrong = std::move(*wrong);
      const std::string shards = found->value("/settings/index/number_of_shards"_json_pointer, "");
      if (i == totals && all.at(i).ours() && shards != std::to_string(shards_)) {
        all.at(i).wrong = fmt::format("its shards are {}, and {} are asked for", shards, shards_);
      }
    } catch (const Json::exception&) {  // A text where we write a number, and the like.
      all.at(i).wrong = "its mapping is none that teller writes";
    }
  }
  return all;
}

Result<SearchIndices::All> SearchIndices::make(const std::vector<Kind>& anew,
                                               std::vector<std::string>& replaced) {
  auto all = look();
  if (!all) return all;
  for (std::size_t i = 0; i < kinds; ++i) {
    const Kind kind = static_cast<Kind>(i);
    Found& found = all->at(i);
    const bool named = std::ranges::find(anew, kind) != anew.end();
    if (found.there && (named || !found.wrong.empty())) {
      const auto gone = server_->ask("DELETE", "/" + name(kind));
      if (!gone) return std::unexpected(gone.error());
      if (!found.wrong.empty()) replaced.push_back(name(kind) + ": " + found.wrong);
      found = {};
    }
    if (found.there) continue;
    Json mapping = Json::parse(ours.at(i).mapping);
    mapping["mappings"]["_meta"]["count_id"] = count_->id.hex();
    if (kind == totals) mapping["settings"]["number_of_shards"] = shards_;
    const auto made = server_->ask("PUT", "/" + name(kind), mapping.dump());
    if (!made) return std::unexpected(made.error());
    // Another publisher may have been quicker.
    if (!made->good() && made->error_type() != "resource_already_exists_exception") {
      return SearchServer::unavailable(name(kind) + " cannot be made: " + made->error_type());
    }
  }
  all = look();
  if (!all) return all;
  for (std::size_t i = 0; i < kinds; ++i) {
    if (all->at(i).ours()) continue;
    return SearchServer::unavailable(
        name(static_cast<Kind>(i)) + " was made, and " +
        (all->at(i).there ? all->at(i).wrong : "is not there (is it closed, or an alias?)"));
  }
  return all;
}

Result<std::array<std::uint64_t, SearchIndices::kinds>> SearchIndices::documents() {
  const auto answer = server_->ask(
      "POST", "/" + all_names() + "/_search?ignore_unavailable=true&filter_path=aggregations",
      R"({"size":0,"aggs":{"by":{"terms":{"field":"_index","size":10}}}})");
  if (!answer) return std::unexpected(answer.error());
  const Json json = Json::parse(answer->body, nullptr, false);
  if (!answer->good() || !json.is_object()) {
    return SearchServer::unavailable("the documents cannot be counted: " + answer->error_type());
  }
  std::array<std::uint64_t, kinds> counts{};
  const Json buckets = json.value("/aggregations/by/buckets"_json_pointer, Json::array());
  for (const Json& bucket : buckets) {
    for (std::size_t i = 0; i < kinds; ++i) {
      if (bucket.value("key", "") == name(static_cast<Kind>(i))) {
        counts.at(i) = bucket.value("doc_count", std::uint64_t{0});
      }
    }
  }
  return counts;
}

}  // namespace teller
