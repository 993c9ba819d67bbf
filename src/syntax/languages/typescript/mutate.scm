[(type_annotation) (type_alias_declaration) (interface_declaration)
 (type_arguments) (type_parameters)] @never
