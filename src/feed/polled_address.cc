#include "feed/polled_address.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <sys/mman.h>

#include "base/bytes.h"

namespace teller {

Result<PolledAddress> PolledAddress::open(const std::string& url, HttpClientOptions how) {
  const std::size_t scheme = url.find("://");
  const std::size_t host = scheme == std::string::npos ? 0 : scheme + 3;
  const std::size_t end = std::min(url.find_first_of("/?#", host), url.size());
  how.url = url.substr(0, end);
  how.answer_bytes_max = body_bytes_max;
  auto client = HttpClient::open(how);
  if (!client) return std::unexpected(client.error());
  std::string path = url.substr(end, url.find('#', end) - end);
  if (!path.starts_with('/')) path = '/' + path;
  if (std::ranges::any_of(path, [](char c) { return c <= ' ' || c == 0x7F; })) {
    return fail(Remedy::reject, "http.client_invalid",
                "'" + url + "': write blanks in an address as %20");
  }
  std::string name = path.substr(0, path.find('?'));
  name = name.substr(name.rfind('/') + 1);
  return PolledAddress(std::move(*client), std::move(path), name.empty() ? how.url : name);
}

FeedSource::Look PolledAddress::look(std::int64_t) {
  Look look;
  HttpClient::Headers headers{{"Accept", "*/*"}};
  if (!etag_.empty()) headers.emplace_back("If-None-Match", etag_);
  if (!last_modified_.empty()) headers.emplace_back("If-Modified-Since", last_modified_);
  const auto answer = client_.request("GET", path_, {}, headers);
  if (!answer) {
    look.trouble = answer.error();
    return look;
  }
  look.at_least = answer->retry_after;
  if (answer->status == 200) {
    const Hash body = sha256(as_bytes(answer->body));
    if (body_ != body) {
      if (auto kept = write_file_of(answer->body); !kept) {
        look.trouble = std::move(kept.error());
        return look;
      }
      body_ = body;
      is_given_ = false;
    }
    etag_ = answer->etag;
    last_modified_ = answer->last_modified;
    modified_at_us_ = answer->last_modified_us;
  } else if (answer->status != 304) {
    look.trouble = {
        Remedy::retry, "feed.no_results",
        fmt::format("answer {}{}", answer->status,
                    answer->status / 100 == 3 ? ": the address has moved; give the new one" : "")};
    return look;
  }
  if (!is_given_) {
    is_given_ = true;
    look.files.push_back({name_, fmt::format("/proc/self/fd/{}", file_.get()), modified_at_us_});
  }
  return look;
}

Result<void> PolledAddress::write_file_of(const std::string& body) {
  Descriptor file(::memfd_create("feed", MFD_CLOEXEC));
  if (!file.open()) return std::unexpected(file_error("feed", "cannot be held in memory"));
  if (auto written = write_at(file, as_bytes(body), 0, "feed"); !written) return written;
  file_ = std::move(file);
  return {};
}

}  // namespace teller
