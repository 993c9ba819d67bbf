ohb_embed(ohb_agent prompt.md ohb_prompt_template)
