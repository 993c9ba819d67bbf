int heap(void);
