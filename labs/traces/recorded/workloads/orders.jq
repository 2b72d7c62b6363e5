# Groups generated orders by customer and reports on each.
[range(250) | {customer: "c\(. * 7919 % 37)", amount: (. * 31 % 997), tags: [range(. % 5)]}]
| group_by(.customer)
| map({
    customer: .[0].customer,
    orders: length,
    total: (map(.amount) | add),
    tags: (map(.tags[]) | unique),
    slug: (.[0].customer | ascii_upcase | gsub("C"; "customer-"))
  })
| sort_by(-.total)
