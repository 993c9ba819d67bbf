import asyncio

from ledger import Account, settle


def test_settle_empties_all():
    async def scenario():
        accounts = [Account("a", 3), Account("b", 4)]
        task = asyncio.create_task(settle(accounts))
        await asyncio.sleep(0)
        total = await task
        return total, [a.balance for a in accounts]

    assert asyncio.run(scenario()) == (7, [0, 0])
