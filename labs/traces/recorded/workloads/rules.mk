# Many small rules with computed names; nothing but make itself runs.
parts := $(foreach a,1 2 3 4 5 6 7 8,$(foreach b,a b c d e,part$(a)$(b)))
all: $(parts:%=%.done)
	$(info $(words $^) done, $(words $(sort $(foreach p,$(parts),$(subst part,,$(p))))) names)
	@:
%.done: %.step ; $(info $(patsubst %.step,%,$<): $(words $(filter part1%,$(parts))))
%.step: %.begin ; $(eval seen_$* := $(strip $(wordlist 1,9,$(parts))))
%.begin: ; @:
