import { compareOrders } from './explored-orders.suite.ts';

compareOrders(6);
