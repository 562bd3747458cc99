import { randomUUID } from 'node:crypto';

/** As long as the callback of a search that finds one person. */
export const envelope = () => ({
  header: {
    ...{ version: '1.0.0', message_id: randomUUID(), message_ts: '2026-01-15T10:30:00Z', action: 'on-search' },
    ...{ status: 'succ', sender_id: 'gateway.example.org', receiver_id: 'bench.example.org', total_count: 1 },
    ...{ completed_count: 1, is_msg_encrypted: false },
  },
  message: {
    transaction_id: randomUUID(),
    correlation_id: randomUUID(),
    search_response: [
      {
        ...{ reference_id: randomUUID(), timestamp: '2026-01-15T10:30:00Z', status: 'succ' },
        data: {
          ...{ version: '1.0.0', reg_type: 'ns:org:RegistryType:Social', reg_record_type: 'Person' },
          reg_records: [
            {
              identifier: [{ identifier_type: 'urn:gov:national-id', identifier_value: '010000000007' }],
              name: { surname: 'Hernández', given_name: 'Amina' },
              ...{ sex: 'female', birth_date: '1990-05-17', phone_number: ['+254700000001'] },
              address: [{ address_line_1: '17 Market Street', sub_region_code: 'D0001' }],
            },
          ],
        },
        pagination: { page_size: 20, page_number: 1, total_count: 1 },
      },
    ],
  },
});
