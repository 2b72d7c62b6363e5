" Fills a buffer, edits it with substitutions, macros and undo, then leaves.
set nocompatible undolevels=100
call setline(1, map(range(1, 150), '"line " . v:val . " the heap has " . (v:val * 7919 % 997) . " blocks"'))
%s/\v(\d+) blocks/\=submatch(1) * 2 . " bytes"/
g/7/move 0
let @q = "0wyiwA (\<C-r>0)\<Esc>j"
normal! gg
normal 100@q
sort n
for i in range(20) | silent! undo | endfor
for i in range(10) | silent! redo | endfor
let words = {}
for word in split(join(getline(1, '$')), '\W\+')
  let words[word] = get(words, word, 0) + 1
endfor
echo len(words)
qall!
