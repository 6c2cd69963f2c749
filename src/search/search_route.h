// GET /v1/search?q=…: contests, options, parties and places by their names (schema/http.yaml).
//
//   200  the best of each kind, and how many there are
//   400  the query cannot be read, is empty or too long
//
// Answers hold nothing but names and ids of the rules and the presentation, at any stage of a count.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "election/count_file.h"
#include "election/presentation.h"
#include "election/rules.h"
#include "http/http_server.h"
#include "search/name_index.h"

namespace teller {

// The names of one count, put together when somebody asks first: of a nation they take a second, and a
// server that nobody searches needs none of it. Any thread.
class NameSearch {
 public:
  // All three outlive it.
  NameSearch(const Rules& rules, const CountFile& count, const Presentation& presentation)
      : rules_(&rules), count_(&count), presentation_(&presentation) {}

  [[nodiscard]] HttpResponse answer(const HttpRequest& request);

 private:
  [[nodiscard]] const NameIndex& index();

  const Rules* rules_;
  const CountFile* count_;
  const Presentation* presentation_;
  std::once_flag made_;
  std::unique_ptr<const NameIndex> index_;
};

// `search` outlives the server. `elsewhere` runs it on other threads than the server's own.
void add_search_route(
    HttpRouter& router, NameSearch& search,
    std::function<void(const std::string& sender, std::function<void()> work)> elsewhere);

}  // namespace teller
