// judge HISTORY...: whether what clients saw can be explained by a count that keeps its promises (model.go). Exit codes: 0 it can,
// 1 it cannot, 2 the file is no history, or there was not time enough.
package main

import (
	"fmt"
	"os"
	"sort"
	"time"

	"github.com/anishathalye/porcupine"
)

const (
	timeEnough = 5 * time.Minute
	toldMax    = 3 // parts that cannot be explained, of a history; then it ends
)

// part is a history that can be judged by itself.
type part struct {
	name       string
	model      porcupine.Model
	operations []porcupine.Operation
}

// parts divides a history: ids of different groups never meet, so each group is judged by itself; and the counters of all.
func parts(lines []Line) []part {
	all := part{name: "all copies", model: copiesModel()}
	groups := map[string]map[string]int{} // group -> id -> number
	for _, line := range lines {
		for _, entry := range line.Entries {
			group := groupOf(entry.Option)
			if groups[group] == nil {
				groups[group] = map[string]int{}
			}
			if _, seen := groups[group][entry.Id]; !seen {
				groups[group][entry.Id] = len(groups[group])
			}
		}
		for option := range line.Votes {
			if groups[groupOf(option)] == nil {
				groups[groupOf(option)] = map[string]int{} // Votes of which nobody knows anything: ahead.
			}
		}
	}
	operations := map[string][]porcupine.Operation{}
	for _, line := range lines {
		add := func(list []porcupine.Operation, input interface{}) []porcupine.Operation {
			return append(list, porcupine.Operation{Input: input, Call: line.Call, Return: line.Return})
		}
		switch line.Op {
		case "cast":
			all.operations = add(all.operations, some{int64(len(line.Entries)), line.Recorded})
			for _, entry := range line.Entries {
				group := groupOf(entry.Option)
				operations[group] = add(operations[group], cast{groups[group][entry.Id], entry.Option[len(entry.Option)-1], line.Recorded})
			}
		case "read":
			if line.Head != nil {
				all.operations = add(all.operations, look{line.Commit, *line.Head, line.Settled})
			}
			if line.Votes != nil {
				for group := range groups {
					operations[group] = add(operations[group], read{line.Commit, line.Votes[group+"a"], line.Votes[group+"b"], line.Settled})
				}
			}
		}
	}
	list := []part{all}
	for group, ids := range groups {
		list = append(list, part{"group " + group, ballotsModel(len(ids)), operations[group]})
	}
	sort.Slice(list, func(i, j int) bool { return list[i].name < list[j].name })
	return list
}

// unequal finds reads that say of themselves that they are wrong: each counted ballot is one vote.
func unequal(lines []Line) (found []string) {
	for _, line := range lines {
		if line.Head == nil || line.Votes == nil {
			continue
		}
		votes := int64(0)
		for _, number := range line.Votes {
			votes += number
		}
		if votes != line.Head.Counted {
			found = append(found, fmt.Sprintf("commit %d: %d votes of %d counted ballots", line.Commit, votes, line.Head.Counted))
		}
	}
	return found
}

// tell prints the longest way through a part that was found, and what it could not explain.
func tell(name string, one part, info porcupine.LinearizationInfo) {
	fmt.Printf("%s: cannot be explained\n", name)
	var best []porcupine.Operation
	for _, way := range info.PartialLinearizationsOperations()[0] {
		if len(way) > len(best) {
			best = way
		}
	}
	if len(best) > 12 {
		fmt.Printf("  ... %d before\n", len(best)-12)
		best = best[len(best)-12:]
	}
	last := int64(0)
	for _, op := range best {
		fmt.Printf("  %d %s\n", op.Call, describe(op.Input))
		if op.Call > last {
			last = op.Call
		}
	}
	sort.Slice(one.operations, func(i, j int) bool { return one.operations[i].Call < one.operations[j].Call })
	for _, op := range one.operations {
		if op.Call > last {
			fmt.Printf("  and then %d %s\n", op.Call, describe(op.Input))
			break
		}
	}
}

// judge says how the history ends: 0, 1 or 2.
func judge(path string) int {
	lines, err := readHistory(path)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	result, number, told := 0, 0, 0
	for _, wrong := range unequal(lines) {
		fmt.Printf("%s: %s\n", path, wrong)
		result = 1
	}
	deadline := time.Now().Add(timeEnough)
	all := parts(lines)
	for _, one := range all {
		number += len(one.operations)
		left := time.Until(deadline)
		found := porcupine.Unknown
		if left > 0 { // 0 would be for ever.
			found = porcupine.CheckOperationsTimeout(one.model, one.operations, left)
		}
		switch found {
		case porcupine.Illegal:
			_, info := porcupine.CheckOperationsVerbose(one.model, one.operations, 20*time.Second)
			tell(path+": "+one.name, one, info)
			result = 1
			if told++; told == toldMax {
				return result
			}
		case porcupine.Unknown:
			fmt.Fprintf(os.Stderr, "%s: %s: not judged in %s\n", path, one.name, timeEnough)
			return 2
		}
	}
	if result == 0 {
		fmt.Printf("%s: explained: %d parts, %d operations\n", path, len(all), number)
	}
	return result
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: judge HISTORY...")
		os.Exit(2)
	}
	worst := 0
	for _, path := range os.Args[1:] {
		if result := judge(path); result > worst {
			worst = result
		}
	}
	os.Exit(worst)
}
