ohb_embed(ohb_gateway prices.txt ohb_price_table)
