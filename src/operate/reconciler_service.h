// A reconciler of the service form, made from teller.toml: it reads as the accounts `reconcile`
// (Kafka), `teller_publisher` (tables), `teller_reader` (views, as the board and Superset do) and
// the search account of [elasticsearch].
//
// A server that is away when it is made is asked again at each run.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "home/home.h"
#include "operate/reconciler.h"
#include "settings/config.h"

namespace teller {

class ServiceReconciler {
 public:
  // Errors: those of the home; reject config.invalid.
  [[nodiscard]] static Result<std::unique_ptr<ServiceReconciler>> open(
      Config config, std::function<void(const std::string&)> event);
  ~ServiceReconciler();

  [[nodiscard]] Result<Reconciliation> run(Reconciler::Wanted wanted);
  [[nodiscard]] const Home& home() const;
  [[nodiscard]] Store& store();  // After a run() that said something.

  // The store once more, not opened, for whoever reads long in a thread of its own.
  [[nodiscard]] std::unique_ptr<Store> store_beside() const;

 private:
  struct State;
  explicit ServiceReconciler(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace teller
