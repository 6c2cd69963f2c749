#include "host/as_of.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/time.h"
#include "http/without_blanks.h"
#include "publish/status.h"

namespace teller {
namespace {

std::string tag_of(const Head& head) { return fmt::format("\"{}\"", head.commit); }

}  // namespace

Result<Snapshot> decided(Result<Snapshot> snapshot, const CountFile& count, CountReader& store) {
  if (!snapshot) return snapshot;
  if (auto good = check_status(snapshot->head, count, store); !good) {
    return std::unexpected(good.error());
  }
  return snapshot;
}

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

HttpResponse response_as_of(const nlohmann::ordered_json& json, const Head& head) {
  HttpResponse response;
  response.body = json.dump() + "\n";
  response.headers = {{"ETag", tag_of(head)}, {"Cache-Control", "no-cache"}};
  return response;
}

bool is_known(const HttpRequest& request, const Head& head) {
  std::string_view tags = request.header("if-none-match");
  const std::string tag = tag_of(head);
  while (!tags.empty()) {
    std::string_view one = tags.substr(0, tags.find(','));
    tags.remove_prefix(std::min(one.size() + 1, tags.size()));
    one = without_blanks(one);
    if (one.starts_with("W/")) one.remove_prefix(2);  // Compared weakly, as it says there.
    if (one == tag || one == "*") return true;
  }
  return false;
}

HttpResponse not_modified(const Head& head) {
  HttpResponse response;
  response.status = 304;
  response.content_type.clear();
  response.headers = {{"ETag", tag_of(head)}, {"Cache-Control", "no-cache"}};
  return response;
}

HttpResponse compressible(HttpResponse response) {
  response.may_be_compressed = true;
  for (auto& [name, value] : response.headers) {
    if (name == "ETag") value.insert(0, "W/");
  }
  return response;
}

}  // namespace teller
