; What is not executed; see syntax/layout.h.
((comment) @layout
 (#not-match? @layout "@ts-|@jsx|@flow|@jest|@vitest|@babel|eslint|istanbul|c8 |v8 |webpack|vite-|sourceMappingURL|__PURE__|<reference"))

(string) @verbatim
(template_string) @verbatim
(regex) @verbatim

; What sees lines, or the text itself.
((property_identifier) @opaque
 (#any-of? @opaque "stack" "captureStackTrace" "prepareStackTrace" "lineNumber"))
